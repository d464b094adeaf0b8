"""`manage.py case`."""

import pytest

from accounts.models import User
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from messaging.services.one_message import get_message
from moderation.models import Case
from moderation.services.roles import grant_role
from tests.moderation.commands.running import WHY, refused, refused_json, run, run_json
from tests.moderation.making import MODERATOR, entries, last_number, report, report_of, spam


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob)


@pytest.fixture
def case(bob, sent):
    report(bob, sent, words="look\nhere")
    return Case.objects.get(message_id=sent.id)


@pytest.fixture
def moderator(new_person):
    person = new_person()
    grant_role(person=person, role="moderator", actor=MODERATOR, reason="x")
    return person


def stored(case):
    return Case.objects.values_list("state", "decision").get(pk=case.pk)


@pytest.mark.sql
def test_cases_are_listed(alice, bob, case, sent, moderator):
    report_of(bob, alice)
    later = Case.objects.get(about="person")
    run("case", "assign", case.pk, "--to", moderator.username.upper(), *WHY)
    assert run("case", "list") == (
        f"case {later.pk}, open, about {alice.username}\n"
        f"case {case.pk}, assigned, about message {sent.id} of {alice.username}, assigned to {moderator.username}\n"
    )
    assert run("case", "list", "--state", "rejected") == "There are none.\n"
    page = run_json("case", "list", "--limit", 1, "--about", alice.pk)
    assert [one["number"] for one in page["cases"]] == [page["older"]] == [later.pk]
    (found,) = run_json("case", "list", "--before", page["older"], "--assignee", moderator.username)["cases"]
    assert found == {
        "number": case.pk,
        "about": "message",
        "person_id": str(alice.pk),
        "person": alice.username,
        "message_id": str(sent.id),
        "state": "assigned",
        "assignee": moderator.username,
        "decision": None,
        "created_at": case.created_at.isoformat(),
        "decided_at": None,
    }


def test_a_case_is_shown_with_notes_and_evidence_for_a_reason(alice, bob, case, sent):
    run("case", "note", case.pk, "asked her")
    began = last_number()
    printed = run("case", "show", case.pk, *WHY)
    assert printed.splitlines()[0] == f"case {case.pk}, open, about message {sent.id} of {alice.username}"
    assert 'asked her"' in printed.splitlines()[1]
    assert printed.splitlines()[2] == f'report by {bob.username}, spam: "look\\nhere"'
    assert printed.splitlines()[3].endswith(f'{alice.username}: "Buy!"')
    shown = run_json("case", "show", case.pk, *WHY)
    assert [one["words"] for one in shown["notes"]] == ["asked her"]
    (told,) = shown["reports"]
    assert [(one["place"], one["content"]) for one in told["evidence"]] == [(0, "Buy!")]
    assert entries(began) == [("messages.looked_up", "case", str(case.pk), None, "rule 1")] * 2


def test_without_a_reason_or_in_a_dry_run_no_evidence_is_shown(case):
    began = last_number()
    with pytest.raises(Exception, match="--reason"):
        run("case", "show", case.pk)
    assert "Buy!" not in run("case", "show", case.pk, "--dry-run", *WHY)
    assert refused("case", "show", case.pk, "--reason", " ") == (
        1,
        "Give a reason, which stays in the audit log. (invalid_payload)",
    )
    assert entries(began) == []


@pytest.mark.parametrize(
    ("decision", "state"), [("nothing", "rejected"), ("redact", "resolved"), ("suspend", "resolved")]
)
def test_a_case_is_decided_and_reopened_by_whoever_runs_the_command(alice, bob, case, sent, decision, state):
    began = last_number()
    assert run("case", "decide", case.pk, decision, "--dry-run", *WHY).startswith("Nothing was changed. It would be: ")
    assert (stored(case), entries(began)) == (("open", ""), [])
    assert get_message(owner=bob, message_id=sent.id).content == "Buy!"
    assert run_json("case", "decide", case.pk, decision, *WHY)["case"]["state"] == state
    assert stored(case) == (state, decision)
    assert (get_message(owner=bob, message_id=sent.id).content == "") == (decision == "redact")
    assert User.objects.get(pk=alice.pk).is_suspended == (decision == "suspend")
    entry = AuditEntry.objects.filter(action="case.decided").order_by("number").last()
    command = Actor.command()
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("command", command.id, command.name)
    code, message = refused("case", "decide", case.pk, decision, *WHY)
    assert (code, message) == (1, "This case is decided already. Reopen it to decide anew. (case_decided)")
    assert run("case", "reopen", case.pk, *WHY).startswith(f"case {case.pk}, open, ")


def test_a_suspension_may_have_an_end(alice, case):
    run("case", "decide", case.pk, "suspend", "--until", "2126-12-24T18:00+01:00", *WHY)
    assert User.objects.get(pk=alice.pk).suspended_until.isoformat() == "2126-12-24T17:00:00+00:00"


def test_an_assigned_case_goes_back_to_all(case, moderator):
    run("case", "assign", case.pk, "--to", moderator.username, *WHY)
    run("case", "assign", case.pk, "--to-nobody", *WHY)
    assert stored(case) == ("open", "")


@pytest.mark.sql
def test_a_dry_run_of_each_lever_changes_nothing(case, moderator):
    began = last_number()
    run("case", "assign", case.pk, "--to", moderator.username, "--dry-run", *WHY)
    run("case", "note", case.pk, "x", "--dry-run")
    assert (stored(case), case.notes.count(), entries(began)) == (("open", ""), 0, [])
    run("case", "decide", case.pk, "nothing", *WHY)
    began = last_number()
    run("case", "reopen", case.pk, "--dry-run", *WHY)
    assert (stored(case), entries(began)) == (("rejected", "nothing"), [])


def test_whoever_a_case_is_about_neither_sees_nor_closes_it_by_a_command(bob, moderator):
    report_of(bob, moderator)
    case = Case.objects.get(person_id=moderator.pk)
    me, began = ("--as", moderator.username), last_number()
    assert run_json("case", "list", *me) == {"cases": [], "older": None}
    refusal = (1, "This case is about you; somebody else looks after it. (forbidden)")
    for line in (
        ("show", case.pk, *WHY),
        ("show", case.pk, "--dry-run", *WHY),
        ("note", case.pk, "x"),
        ("assign", case.pk, "--to-nobody", *WHY),
        ("decide", case.pk, "nothing", *WHY),
        ("decide", case.pk, "suspend", *WHY),
    ):
        assert refused("case", *line, *me) == refusal
    assert (stored(case), entries(began)) == (("open", ""), [])
    run("case", "decide", case.pk, "nothing", *WHY)
    assert refused("case", "reopen", case.pk, *WHY, *me) == refusal
    assert [one["number"] for one in run_json("case", "list")["cases"]] == [case.pk]


def test_refusals_are_told_to_programs_too(case):
    assert refused_json("case", "decide", 0, "nothing", *WHY) == (
        1,
        {"code": "case_not_found", "message": "There is no such case.", "errors": []},
    )
    code, error = refused_json("case", "assign", case.pk, "--to", "no\nbody", *WHY)
    assert (code, error["message"]) == (1, "Nobody has the name or the id 'no\\nbody'.")


def test_an_outage_ends_with_2(case, parts, hanging):
    with hanging(parts.cassandra):
        code, _ = refused("case", "decide", case.pk, "redact", *WHY)
    assert code == 2
    assert stored(case) == ("open", "")
