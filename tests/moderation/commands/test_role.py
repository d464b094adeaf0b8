"""`manage.py role`."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from tests.admin import new_operator
from tests.moderation.commands.running import WHY, refused, run, run_json
from tests.moderation.making import entries, last_number


def test_a_role_is_granted_listed_and_revoked(alice):
    began = last_number()
    assert run("role", "list") == "Nobody has a role.\n"
    assert run("role", "grant", alice.username, "support", "--dry-run", *WHY).endswith(" is support now.\n")
    assert (run("role", "list"), entries(began)) == ("Nobody has a role.\n", [])
    report = {"name": alice.username, "role": "support", "changed": True}
    assert run_json("role", "grant", alice.username, "support", *WHY) == report
    assert run("role", "grant", alice.pk, "support", *WHY) == f"{alice.username} was support already.\n"
    assert run("role", "list") == f"{alice.username}: support\n"
    assert run_json("role", "list") == {
        "people": [{"username": alice.username, "roles": ["support"], "is_staff": True}]
    }
    assert run("role", "revoke", alice.username, "support", *WHY) == f"{alice.username} is no longer support.\n"
    assert run("role", "revoke", alice.username, "support", *WHY) == f"{alice.username} was not support.\n"
    assert [action for action, *_ in entries(began)] == ["person.role_granted", "person.role_revoked"]


def test_nobody_gives_a_role_that_may_more_than_they(alice):
    giver = new_operator("support")
    own = Group.objects.create(name="own")
    own.permissions.set(Permission.objects.filter(codename="grant_roles"))
    giver.groups.add(own)
    began = last_number()
    told = f"{giver.username} may not do all that the role owner may, and therefore may not give it. (forbidden)"
    for name in (giver.username, alice.username):
        assert refused("role", "grant", name, "owner", *WHY, "--as", giver.username) == (1, told)
    assert entries(began) == []
    run("role", "grant", alice.username, "support", *WHY, "--as", giver.username)
    run("role", "grant", alice.username, "owner", *WHY, "--as", new_operator().username)
    run("role", "grant", giver.username, "owner", *WHY)


def test_what_cannot_be_is_refused(alice):
    with pytest.raises(Exception, match="invalid choice"):
        run("role", "grant", alice.username, "king", *WHY)
    with pytest.raises(Exception, match="--reason"):
        run("role", "grant", alice.username, "owner")
    assert refused("role", "grant", "no\nbody", "owner", *WHY) == (
        1,
        "Nobody has the name or the id 'no\\nbody'. (person_not_found)",
    )
    assert not User.objects.get(pk=alice.pk).is_staff
