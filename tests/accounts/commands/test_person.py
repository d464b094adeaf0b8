"""`manage.py person`."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session, User
from accounts.services.login import log_in
from accounts.services.recognition import account
from accounts.services.sessions import start_session
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim
from tests.factories import PASSWORD, new_name
from tests.operators import entries, told


def run(what, name, *arguments):
    output = StringIO()
    call_command("person", what, name, "--reason", "spam", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def session(alice):
    return start_session(person=alice, kind=Session.Kind.API, device="", address=None)


def test_a_person_is_suspended_and_let_in_again(alice, session):
    printed = json.loads(run("suspend", alice.username.upper(), "--until", "2126-11-24T12:00+01:00", "--json"))
    assert printed == {
        "person": alice.username,
        "until": "2126-11-24T12:00:00+01:00",
        "replaced": False,
        "ended_sessions": 1,
    }
    alice.refresh_from_db()
    assert (alice.suspended_until, alice.suspension_reason) == (datetime(2126, 11, 24, 11, tzinfo=UTC), "spam")
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.action, entry.reason) == ("command", "person.suspended", "spam")
    assert run("unsuspend", str(alice.pk)) == f"{alice.username} let in again.\n"
    assert not User.objects.get(pk=alice.pk).is_suspended
    assert run("unsuspend", alice.username) == f"nothing: {alice.username} was let in.\n"


def test_sessions_are_ended_and_limits_cleared(alice, session, settings):
    settings.RATE_LIMITS_ENABLED = True
    counters.take(Claim(policies.SEND, account(alice.pk)))
    assert run("end-sessions", alice.username) == f"1 sessions of {alice.username} ended.\n"
    assert alice.sessions.get().end_reason == "operator"
    assert json.loads(run("clear-limits", alice.username, "--json")) == {"person": alice.username, "counts": 1}
    assert told()["after"] == {"counts": 1}


@pytest.mark.parametrize("what", ["suspend", "end-sessions", "clear-limits"])
def test_a_dry_run_tells_what_would_be_and_changes_nothing(alice, session, settings, what):
    settings.RATE_LIMITS_ENABLED = True
    counters.take(Claim(policies.SEND, account(alice.pk)))
    printed = [run(what, alice.username, "--dry-run") for _ in range(2)]
    assert printed[0] == printed[1]
    assert printed[0].startswith("Nothing was changed. It would be: ")
    assert " 1 sessions" in printed[0] or printed[0].split(": ")[1].startswith("1 ")
    assert not User.objects.get(pk=alice.pk).is_suspended
    assert alice.sessions.get().ended_at is None
    assert entries() == 0


def password_file(tmp_path, text):
    path = tmp_path / "password"
    path.write_bytes(text)
    return str(path)


@pytest.mark.sql
def test_a_person_is_added_with_a_password_from_a_file_or_without_one(db, tmp_path):
    name, other = new_name(), new_name()
    path = password_file(tmp_path, f"{PASSWORD}\r\nmore\n".encode())
    printed = json.loads(run("add", name, "--password-file", path, "--json"))
    assert printed == {"person": name, "usable_password": True}
    assert log_in(username=name, password=PASSWORD).username == name
    assert told() == {
        "actor": Actor.command().name,
        "action": "person.added",
        "target": name,
        "before": None,
        "after": {"username": name},
        "reason": "spam",
    }
    assert run("add", other, "--no-password") == f"{other} added, without a password.\n"
    assert not User.objects.get(username=other).has_usable_password()


def test_a_person_is_renamed_closed_out_and_let_in_again(alice, session):
    former, name = alice.username, new_name()
    printed = json.loads(run("change", former, "--username", name, "--active", "no", "--json"))
    before, after = {"username": former, "is_active": True}, {"username": name, "is_active": False}
    assert printed == {"person": former, "before": before, "after": after, "ended_sessions": 1}
    assert told()["after"] == {**after, "ended_sessions": 1}
    assert run("change", name, "--active", "yes") == f"{name} changed: {name}, active, 0 sessions ended.\n"
    assert run("change", name, "--active", "yes") == f"nothing: {name} was so already.\n"
    assert run("change", name) == f"nothing: {name} was so already.\n"
    assert entries() == 2
    alice.refresh_from_db()
    assert (alice.username, alice.is_active, alice.sessions.get().end_reason) == (name, True, "operator")


def test_a_password_is_read_from_standard_input_and_set_or_taken_away(alice, session, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("battery staple\n"))
    printed = json.loads(run("password", alice.username, "--password-file", "-", "--json"))
    assert printed == {"person": alice.username, "usable_password": True, "ended_sessions": 1}
    assert User.objects.get().check_password("battery staple")
    printed = run("password", alice.username, "--no-password")
    assert printed == f"password of {alice.username} taken away, 0 sessions ended.\n"
    assert not User.objects.get().has_usable_password()
    assert (told()["action"], told()["after"]) == ("person.password_replaced", {"usable": False})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--password-file", "{tmp}/nothing"], "nothing can't be read: No such file or directory."),
        (["--password-file", "{tmp}/binary"], "binary can't be read: it is no text in UTF-8."),
        (["--password-file", "{tmp}"], "can't be read: Is a directory."),
        ([], "one of the arguments --password-file --no-password is required"),
    ],
    ids=str,
)
def test_a_password_that_can_not_be_read_is_a_wrong_argument_and_nothing_changes(alice, tmp_path, arguments, words):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match=f"{words}$"):
        run("password", alice.username, *(one.format(tmp=tmp_path) for one in arguments))
    assert (User.objects.get().check_password(PASSWORD), entries()) == (True, 0)


def test_a_password_or_a_name_that_can_not_be_is_refused_and_not_repeated(alice, tmp_path):
    path = password_file(tmp_path, b"geheim\n")
    for what, name in (("password", alice.username), ("add", new_name())):
        with pytest.raises(CommandError, match=r"\(invalid_payload\)$") as end:
            run(what, name, "--password-file", path)
        assert (end.value.returncode, "geheim" in str(end.value)) == (1, False)
    with pytest.raises(CommandError, match=r"\(username_taken\)$"):
        run("add", alice.username.upper(), "--no-password")
    assert (User.objects.get().check_password(PASSWORD), entries()) == (True, 0)


def test_a_dry_run_adds_and_changes_nobody(alice, session):
    name = new_name()
    for line, tells in (
        (("add", name, "--no-password"), f"{name} added, without a password."),
        (("change", alice.username, "--active", "no"), f"{alice.username}, not active, 1 sessions ended."),
        (("password", alice.username, "--no-password"), "taken away, 1 sessions ended."),
    ):
        printed = run(*line, "--dry-run")
        assert printed.startswith("Nothing was changed. It would be: ")
        assert printed.endswith(f"{tells}\n")
    person = User.objects.get()
    assert (person.is_active, person.check_password(PASSWORD), entries()) == (True, True, 0)
    assert alice.sessions.get().ended_at is None


def test_what_cannot_be_is_refused_with_1_and_its_code(alice):
    with pytest.raises(CommandError, match=r"Nobody has the name or the id 'no\\nbody'. \(person_not_found\)") as end:
        run("suspend", "no\nbody")
    assert end.value.returncode == 1
    with pytest.raises(CommandError, match=r"\(invalid_payload\)"):
        run("suspend", alice.username, "--until", "2000-01-01")
    assert entries() == 0
