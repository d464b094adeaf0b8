"""What operators may do: the roles, as Django's groups, with their permissions. This table is their one place.

`manage.py migrate` gives the groups of these names exactly these permissions, at its end, where Django makes the
permissions too. Whoever wants other sets makes groups of other names. Superusers may do everything without a role.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q

SUPPORT = "support"
MODERATOR = "moderator"
AUDITOR = "auditor"
OPERATOR = "operator"
OWNER = "owner"

_PEOPLE = ("accounts.view_user", "accounts.view_session")
_CASES = ("moderation.view_case", "moderation.view_report", "moderation.view_note")
_HELP = ("accounts.end_sessions", "accounts.make_reset_links", "accounts.clear_limits")
_MODERATE = (
    "moderation.decide_cases",
    "moderation.look_up_messages",
    "moderation.redact_messages",
    "accounts.suspend_people",
)
_AUDIT = ("chatsystem.view_auditentry", "chatsystem.export_auditentry")
_JOBS = ("chatsystem.view_job", "chatsystem.view_jobfailure", "chatsystem.view_jobworker")
_OPERATE = (
    "chatsystem.cancel_job",
    "chatsystem.retry_job",
    "accounts.view_switches",
    "accounts.change_switches",
    "accounts.view_block",
)
_OWN = ("accounts.add_user", "accounts.change_user", "auth.view_group", "accounts.grant_roles")

ROLES: dict[str, tuple[str, ...]] = {
    # Helps people with their accounts; sees no message and no case.
    SUPPORT: (*_PEOPLE, *_HELP),
    # Works through the queue of reports, sees how far redactions are, which are jobs, and stops those that are wrong.
    MODERATOR: (
        *_PEOPLE,
        *_CASES,
        *_MODERATE,
        "accounts.end_sessions",
        "chatsystem.view_job",
        "chatsystem.view_jobfailure",
    ),
    # Looks over everybody's shoulder and touches nothing.
    AUDITOR: (*_PEOPLE, *_CASES, *_AUDIT, *_JOBS),
    # Keeps the service running.
    OPERATOR: (*_PEOPLE, *_HELP, *_JOBS, *_OPERATE, "chatsystem.view_auditentry"),
    # All of it, and who has which role.
    OWNER: (*_PEOPLE, *_HELP, *_CASES, *_MODERATE, *_AUDIT, *_JOBS, *_OPERATE, *_OWN),
}


def make_groups(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Bring the groups to the table; a receiver of `post_migrate`.

    Permissions that aren't there yet, since a migration was undone, are left out until they are.
    """
    if using != DEFAULT_DB_ALIAS:
        return
    with transaction.atomic(using=using):
        for name, permissions in ROLES.items():
            group, _created = Group.objects.using(using).get_or_create(name=name)
            group.permissions.set(find_permissions(permissions))


def find_permissions(names: Iterable[str]) -> list[Permission]:
    """Return those of some permissions that there are, by names as `accounts.view_user`."""
    wanted = Q(pk__in=[])
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))
