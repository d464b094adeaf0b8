"""What operators see and do of a person."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.operators import suspend
from accounts.services.sessions import list_sessions
from chatsystem.jobs.models import Job
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim
from moderation.roles import ROLES
from tests.admin import new_operator, sign_in
from tests.factories import PASSWORD, access_token, new_name
from tests.moderation.making import report, report_of, spam
from tests.operators import OPERATOR, entries, told


def page_of(person, name="change"):
    return f"/admin/accounts/user/{person.pk}/{name}/"


def facts_of(response):
    return dict(response.context["facts"])


def table(response, title):
    (found,) = [one for one in response.context["tables"] if one.title == title]
    return [[str(cell) for cell in row.cells] for row in found.rows]


@pytest.mark.sql
def test_a_persons_page_has_facts_sessions_reports_and_what_operators_did(admin, alice, bob):
    User.objects.filter(pk=alice.pk).update(email="amy@example.org", display_name="Amy <3", time_zone="Europe/Zurich")
    Session.objects.create(person=alice, kind="api", device="curl 8.5.0", address_prefix="203.0.113.0/24")
    report(bob, spam(alice, bob))
    report_of(alice, bob, category="harassment")
    suspend(person=alice, until=None, reason="Spam.", actor=OPERATOR)
    Session.objects.create(person=alice, kind="browser", device="Firefox on Linux")
    response = admin.get(page_of(alice))
    facts = facts_of(response)
    assert (facts["E-mail"], facts["State"], facts["Reason"]) == ("amy@example.org", "suspended", "Spam.")
    assert "Amy &lt;3" in response.text
    assert [row[:3] for row in table(response, "Sessions")] == [["Firefox on Linux", "browser", ""]]
    assert [row[1:4] for row in table(response, "Reports against them")] == [["a message", "open", ""]]
    assert [row[1:3] for row in table(response, "Reports by them")] == [[bob.username, "harassment, hatred or threats"]]
    assert [row[1:] for row in table(response, "Audit log")] == [["olga", "suspended a person", "Spam."]]


@pytest.mark.sql
def test_it_costs_a_bounded_number_of_queries(admin, alice, django_assert_max_num_queries):
    admin.get(page_of(alice))
    Session.objects.bulk_create(Session(person=alice, kind="api") for _ in range(300))
    with django_assert_max_num_queries(14):
        response = admin.get(page_of(alice))
    assert len(table(response, "Sessions")) == 10


@pytest.mark.parametrize(
    ("role", "titles", "actions"),
    [
        ("support", ["Sessions"], {"End all sessions", "Make a link to set a new password", "Clear limits"}),
        (
            "moderator",
            ["Sessions", "Reports against them", "Reports by them"],
            {"Suspend", "End all sessions", "Look up their messages", "Redact what they wrote"},
        ),
        ("auditor", ["Sessions", "Reports against them", "Reports by them", "Audit log"], set()),
    ],
)
def test_each_role_sees_what_it_may(alice, role, titles, actions):
    response = sign_in(new_operator(role)).get(page_of(alice))
    assert [one.title for one in response.context["tables"]] == titles
    assert {one.text for one in response.context["actions"]} == actions
    assert 'name="username"' not in response.text  # nothing to fill in


def test_suspending_until_a_time_and_letting_in_again(admin, owner, alice):
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    until = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    response = admin.post(page_of(alice, "suspend"), {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "Spam."})
    assert (response.status_code, response["Location"]) == (302, page_of(alice))
    assert f"{alice.username} is suspended; 1 sessions ended." in admin.get(page_of(alice)).text
    alice.refresh_from_db()
    assert (alice.suspended_until, alice.suspension_reason) == (until, "Spam.")
    assert Client().get("/api/v1/auth/sessions", headers=token).status_code == 401
    assert (told()["action"], told()["actor"], told()["reason"]) == ("person.suspended", owner.username, "Spam.")
    assert {one.text for one in admin.get(page_of(alice)).context["actions"]} >= {"End the suspension"}
    assert admin.post(page_of(alice, "unsuspend"), {"reason": "They said sorry."}).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_suspended
    assert told()["action"] == "person.unsuspended"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": " \n"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "x", "until": "2020-01-01T10:00"}, "until"),
        ({"reason": "x", "until": "soon"}, "until"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_happens(admin, alice, fields, field):
    before = entries()
    response = admin.post(page_of(alice, "suspend"), {"until": "", **fields})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert response.context["title"] == "Suspend"
    assert "<title>Error: " in response.text
    alice.refresh_from_db()
    assert (alice.is_suspended, entries()) == (False, before)


def test_ending_sessions(admin, alice):
    access_token(alice)
    assert admin.post(page_of(alice, "end-sessions"), {"reason": "Stolen."}).status_code == 302
    assert list_sessions(person=alice) == []
    assert (told()["action"], told()["after"]) == ("person.sessions_ended", {"ended_sessions": 1})


def test_a_reset_link_is_shown_once_works_and_is_told_nowhere_else(admin, alice):
    page = page_of(alice, "reset-link")
    response = admin.post(page, {"reason": "They asked."})
    assert "no-store" in response["Cache-Control"]
    (link,) = re.findall(r"/password/reset/[\w-]+", response.text)
    assert link not in admin.get(page).text + admin.get(page_of(alice)).text
    assert link.rpartition("/")[2] not in str(told())
    assert Client().post(link, {"new_password": "another password"}).status_code == 303
    alice.refresh_from_db()
    assert alice.check_password("another password")


def test_no_link_is_made_for_whoever_could_not_use_it(admin, alice):
    suspend(person=alice, until=None, reason="Spam.", actor=OPERATOR)
    before = entries()
    response = admin.post(page_of(alice, "reset-link"), {"reason": "They asked."})
    assert "the link would be worth nothing" in response.text
    assert (entries(), alice.links.count()) == (before, 0)


def test_nobody_sets_their_own_password_by_a_link(admin, owner):
    assert "Make a link to set a new password" not in [one.text for one in admin.get(page_of(owner)).context["actions"]]
    before = entries()
    response = admin.post(page_of(owner, "reset-link"), {"reason": "Forgotten."})
    assert "Your own password is changed by the old one, and not by a link." in response.text
    assert (entries(), owner.links.count()) == (before, 0)


def test_clearing_limits(admin, alice, settings, dead, parts):
    settings.RATE_LIMITS_ENABLED = True
    counters.take(Claim(policies.SEND, f"account:{alice.pk}"))
    assert admin.post(page_of(alice, "clear-limits"), {"reason": "A mistake of ours."}).status_code == 302
    assert told()["after"] == {"counts": 1}
    before = entries()
    with dead(parts.valkey):
        response = admin.post(page_of(alice, "clear-limits"), {"reason": "Once more."})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Once more." in response.text  # what was typed is still there
    assert entries() == before


def test_giving_and_taking_a_role(admin, alice):
    given = {"change": "give", "role": "support", "reason": "New here."}
    assert admin.post(page_of(alice, "role"), given).status_code == 302
    alice.refresh_from_db()
    assert alice.is_staff
    assert told()["action"] == "person.role_granted"
    assert facts_of(admin.get(page_of(alice)))["Roles"] == "support"
    assert admin.post(page_of(alice, "role"), {**given, "change": "take"}).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_staff


def test_nobody_gives_a_role_that_may_more_than_they(alice):
    giver = new_operator("support")
    own = Group.objects.create(name="own")
    own.permissions.set(Permission.objects.filter(codename__in=["grant_roles", "suspend_people"]))
    giver.groups.add(own)
    browser = sign_in(giver)
    before = entries()
    for person in (giver, alice):
        for role in ("owner", "moderator"):
            response = browser.post(page_of(person, "role"), {"change": "give", "role": role, "reason": "x"})
            assert f"{giver.username} may not do all that the role {role} may" in response.text
    assert entries() == before
    assert set(giver.groups.values_list("name", flat=True)) == {"support", "own"}
    assert browser.post(page_of(alice, "role"), {"change": "give", "role": "support", "reason": "x"}).status_code == 302
    assert list(alice.groups.values_list("name", flat=True)) == ["support"]


@pytest.mark.sql
@pytest.mark.parametrize("role", ROLES)
def test_an_owner_gives_and_takes_any_role(admin, alice, role):
    for change, roles in (("give", [role]), ("take", [])):
        assert admin.post(page_of(alice, "role"), {"change": change, "role": role, "reason": "x"}).status_code == 302
        assert list(alice.groups.values_list("name", flat=True)) == roles


# Whoever helps can't make themselves an owner


def test_nobody_acts_on_an_operator_who_may_do_more(admin, owner, alice):
    boss = User.objects.create_superuser(new_name(), PASSWORD)
    before = entries()
    for role, victim in (
        *(("support", owner), ("moderator", owner), ("operator", owner)),
        *(("support", boss), ("owner", boss)),
    ):
        browser = sign_in(new_operator(role))
        before = entries()
        assert browser.get(page_of(victim)).context["actions"] == []
        for name in ("suspend", "end-sessions", "reset-link", "clear-limits", "role", "password"):
            assert browser.get(page_of(victim, name)).status_code == 403, (role, name)
            assert browser.post(page_of(victim, name), {"reason": "x"}).status_code == 403, (role, name)
        assert browser.post(page_of(victim), {"username": victim.username}).status_code == 403
        for page, people in (
            ("person", {"person": victim.username}),
            ("pair", {"person": victim.username, "peer": alice.username}),
            ("pair", {"person": alice.username, "peer": victim.pk}),
            ("redact-range", {"person": victim.username}),
            ("redact-range", {"person": victim.username, "counted": "1"}),
        ):
            asked = browser.post(f"/admin/moderation/lookup/{page}/", {**people, "reason": "x"})
            assert asked.status_code == 403, (role, page)
        assert entries() == before
    victim = User.objects.get(pk=boss.pk)
    assert (victim.is_active, victim.links.count(), Job.objects.count()) == (True, 0, 0)


def test_operators_act_on_those_who_may_do_as_much_or_less(admin):
    for role in ROLES:
        assert admin.get(page_of(new_operator(role), "reset-link")).status_code == 200, role
