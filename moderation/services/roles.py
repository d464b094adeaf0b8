"""Who has which role."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import Link, User
from accounts.services.changes import person_changed
from accounts.services.links import end_links
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import Forbidden, InvalidPayload
from moderation.roles import ROLES


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has roles, and whether they can sign in to the admin at all."""

    username: str
    roles: tuple[str, ...]
    is_staff: bool


def grant_role(*, person: User, role: str, actor: Actor, reason: str, giver: User | None = None) -> bool:
    """Give `person` a role, from the next request on, and let them sign in to the admin. Return whether it's new.

    Links to set their password are worth nothing then: they were made for somebody who could do less. `giver` is the
    account that acts, where one does. Raises `Forbidden` where it may not do all that the role may, and
    `InvalidPayload` for a role that isn't one and for the reason.
    """
    # Else whoever gives roles by a group of another name could make themselves an owner.
    if giver is not None and not giver.has_perms(ROLES.get(role, ())):
        raise Forbidden(f"{giver.username} may not do all that the role {role} may, and therefore may not give it.")
    return _change(person, role, actor, reason, has_it=True)


def revoke_role(*, person: User, role: str, actor: Actor, reason: str) -> bool:
    """Take a role away, from the next request on. Return whether `person` had it.

    With their last group, of whatever name, the admin is closed to them, unless they are a superuser. Raises
    `InvalidPayload` likewise.
    """
    return _change(person, role, actor, reason, has_it=False)


def list_roles() -> list[Holder]:
    """Return everybody who has a role, by name."""
    people = User.objects.filter(groups__name__in=ROLES).distinct().order_by("username_key")
    return [Holder(person.username, _roles_of(person), person.is_staff) for person in people]


def _change(person: User, role: str, actor: Actor, reason: str, *, has_it: bool) -> bool:
    reason = clean_reason(reason)
    if role not in ROLES:
        raise InvalidPayload.of("role", "invalid_choice", f"A role is one of {', '.join(ROLES)}.")
    with transaction.atomic():
        person.refresh_from_db(fields=["is_staff"], from_queryset=User.objects.select_for_update(no_key=True))
        before = _roles_of(person)
        if (role in before) == has_it:
            return False
        group, _ = Group.objects.get_or_create(name=role)
        (person.groups.add if has_it else person.groups.remove)(group)
        after = _roles_of(person)
        person.is_staff = person.groups.exists() or person.is_superuser  # groups of other names let people in too
        person.save(update_fields=["is_staff"])
        person_changed(person)
        if has_it:
            end_links(person=person, purpose=Link.Purpose.RESET_PASSWORD)
        record(
            actor=actor,
            action=Action.ROLE_GRANTED if has_it else Action.ROLE_REVOKED,
            target=Target.of(person),
            before={"roles": before},
            after={"roles": after},
            reason=reason,
        )
    return True


def _roles_of(person: User) -> tuple[str, ...]:
    return tuple(person.groups.filter(name__in=ROLES).order_by("name").values_list("name", flat=True))
