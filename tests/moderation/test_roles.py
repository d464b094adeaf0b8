"""Roles: the table, the groups that `migrate` makes of it, and who has which."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts.models import Link, User
from accounts.services.links import get_link, make_link
from accounts.services.passwords import check_reset_link, make_reset_link
from chatsystem.errors import InvalidPayload, LinkInvalid
from moderation.roles import ROLES, find_permissions
from moderation.services.roles import Holder, grant_role, list_roles, revoke_role
from tests.moderation.making import MODERATOR, entries, last_number

pytestmark = pytest.mark.sql

WHY = {"actor": MODERATOR, "reason": "new here"}


def permissions_of(name):
    found = Permission.objects.filter(group__name=name).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def test_every_permission_in_the_table_is_there(db):
    for role, permissions in ROLES.items():
        assert len(set(permissions)) == len(permissions) == len(find_permissions(permissions)), role
        assert permissions_of(role) == set(permissions)
    assert list(ROLES) == ["support", "moderator", "auditor", "operator", "owner"]


def test_what_roles_may_not(db):
    """By the sensitive permission, exactly who has it."""
    holders = {
        "moderation.look_up_messages": {"moderator", "owner"},
        "moderation.redact_messages": {"moderator", "owner"},
        "moderation.decide_cases": {"moderator", "owner"},
        "accounts.suspend_people": {"moderator", "owner"},
        "accounts.make_reset_links": {"support", "operator", "owner"},
        "accounts.change_switches": {"operator", "owner"},
        "accounts.change_user": {"owner"},
        "accounts.grant_roles": {"owner"},
        "chatsystem.view_auditentry": {"auditor", "operator", "owner"},
        "chatsystem.export_auditentry": {"auditor", "owner"},
    }
    for permission, expected in holders.items():
        assert {role for role in ROLES if permission in permissions_of(role)} == expected, permission
    # An auditor changes nothing at all, and nobody deletes or edits what is kept of cases and of the audit.
    assert {name.split(".")[1].split("_")[0] for name in ROLES["auditor"]} == {"view", "export"}
    for role in ROLES:
        for name in permissions_of(role):
            assert not name.startswith(("chatsystem.change", "chatsystem.add", "chatsystem.delete"))
            assert not name.startswith(("moderation.change", "moderation.add", "moderation.delete"))


def test_migrate_brings_groups_back_to_the_table_and_leaves_others_alone(db):
    Group.objects.get(name="support").permissions.set(Permission.objects.filter(codename="delete_user"))
    Group.objects.get(name="auditor").delete()
    own = Group.objects.create(name="own")
    own.permissions.set(Permission.objects.filter(codename="delete_user"))
    call_command("migrate", verbosity=0, stdout=StringIO())
    assert permissions_of("support") == set(ROLES["support"])
    assert permissions_of("auditor") == set(ROLES["auditor"])
    assert permissions_of("own") == {"accounts.delete_user"}


def test_a_role_lets_somebody_into_the_admin_with_its_permissions_and_no_others(alice):
    began = last_number()
    assert grant_role(person=alice, role="moderator", **WHY)
    assert not grant_role(person=alice, role="moderator", **WHY)
    granted = User.objects.get(pk=alice.pk)
    assert (granted.is_staff, granted.is_superuser) == (True, False)
    assert granted.get_all_permissions() == set(ROLES["moderator"])
    assert entries(began) == [
        ("person.role_granted", "person", str(alice.pk), {"roles": ["moderator"]}, "new here"),
    ]


def test_with_the_last_role_the_admin_is_closed(alice):
    for role in ("support", "auditor"):
        grant_role(person=alice, role=role, **WHY)
    began = last_number()
    assert revoke_role(person=alice, role="support", **WHY)
    assert User.objects.get(pk=alice.pk).is_staff
    assert revoke_role(person=alice, role="auditor", **WHY)
    assert not revoke_role(person=alice, role="auditor", **WHY)
    revoked = User.objects.get(pk=alice.pk)
    assert not revoked.is_staff
    assert revoked.get_all_permissions() == set()
    assert [(action, after) for action, _, _, after, _ in entries(began)] == [
        ("person.role_revoked", {"roles": ["auditor"]}),
        ("person.role_revoked", {"roles": []}),
    ]


def test_with_a_group_of_another_name_the_admin_stays_open(alice):
    alice.groups.add(Group.objects.create(name="own"))
    grant_role(person=alice, role="support", **WHY)
    revoke_role(person=alice, role="support", **WHY)
    revoked = User.objects.get(pk=alice.pk)
    assert (revoked.is_staff, [group.name for group in revoked.groups.all()]) == (True, ["own"])


def test_a_link_to_set_the_password_does_not_outlast_a_new_role(alice):
    before, confirming = make_reset_link(person=alice), make_link(person=alice, purpose=Link.Purpose.CONFIRM_EMAIL)
    grant_role(person=alice, role="owner", **WHY)
    with pytest.raises(LinkInvalid):
        check_reset_link(token=before.rpartition("/")[2])
    get_link(token=confirming.rpartition("/")[2], purpose=Link.Purpose.CONFIRM_EMAIL)
    after = make_reset_link(person=alice)
    revoke_role(person=alice, role="owner", **WHY)
    check_reset_link(token=after.rpartition("/")[2])


def test_a_superuser_stays_one(alice):
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_staff=True)
    alice.refresh_from_db()
    grant_role(person=alice, role="owner", **WHY)
    revoke_role(person=alice, role="owner", **WHY)
    alice.refresh_from_db()
    assert (alice.is_superuser, alice.is_staff) == (True, True)


@pytest.mark.parametrize(
    ("role", "reason", "field"), [("king", "x", "role"), ("", "x", "role"), ("owner", " ", "reason")]
)
def test_what_cannot_be_is_refused_and_nothing_changes(alice, role, reason, field):
    began = last_number()
    for change in (grant_role, revoke_role):
        with pytest.raises(InvalidPayload) as refusal:
            change(person=alice, role=role, actor=MODERATOR, reason=reason)
        assert refusal.value.errors[0].field == field
    assert not User.objects.get(pk=alice.pk).is_staff
    assert entries(began) == []


def test_everybody_with_a_role_is_listed(alice, bob, new_person):
    new_person().groups.add(Group.objects.create(name="own"))
    grant_role(person=alice, role="support", **WHY)
    for role in ("owner", "auditor"):
        grant_role(person=bob, role=role, **WHY)
    expected = [Holder(alice.username, ("support",), True), Holder(bob.username, ("auditor", "owner"), True)]
    assert list_roles() == sorted(expected, key=lambda holder: holder.username)
