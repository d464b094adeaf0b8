"""Each command by each role, by `--as`: what the admin lets a role do, and nothing else."""

import argparse
from importlib import import_module

import pytest
from django.contrib.auth.models import Group
from django.core.management import get_commands, load_command_class

from accounts.models import User
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from chatsystem.jobs.models import Job
from chatsystem.jobs.starting import create_job
from chatsystem.management.levers import LeverCommand
from messaging.services.one_message import get_message
from moderation.models import Case
from moderation.roles import ROLES, find_permissions
from tests.admin import new_operator
from tests.factories import new_name
from tests.moderation.admin.test_access import ALLOWED
from tests.moderation.commands.running import WHY, refused, refused_json, run, run_json
from tests.moderation.making import MODERATOR, report, spam

HELPERS = {"support", "operator", "owner"}
MODERATORS = {"moderator", "owner"}
OPERATORS = {"operator", "owner"}
AUDITORS = {"auditor", "owner"}
NO_REASON = [
    ("case", "list"),
    ("case", "note"),
    ("jobs", "list"),
    ("jobs", "show"),
    ("audit_export", ""),
    ("limits", "show"),
    ("role", "list"),
]

# Who may, by the command and its first word; "{...}" stands for what the test makes.
COMMANDS = {
    ("case", "list"): ([], MODERATORS | AUDITORS),
    ("case", "show"): (["{case}"], MODERATORS),
    ("case", "assign"): (["{case}", "--to", "{moderator}"], MODERATORS),
    ("case", "note"): (["{case}", "a note"], MODERATORS),
    ("case", "decide"): (["{case}", "suspend"], MODERATORS),
    ("case", "reopen"): (["{decided}"], MODERATORS),
    ("jobs", "list"): ([], AUDITORS | OPERATORS | MODERATORS),
    ("jobs", "show"): (["{waiting}"], AUDITORS | OPERATORS | MODERATORS),
    ("jobs", "cancel"): (["{waiting}"], OPERATORS),
    ("jobs", "retry"): (["{failed}"], OPERATORS),
    ("limits", "show"): ([], OPERATORS),
    ("limits", "set"): (["send", "121"], OPERATORS),
    ("limits", "reset"): (["read"], OPERATORS),
    ("look_up", "message"): (["{message}", "--of", "{person}"], MODERATORS),
    ("look_up", "around"): (["{message}", "--of", "{person}"], MODERATORS),
    ("look_up", "person"): (["{person}"], MODERATORS),
    ("look_up", "pair"): (["{person}", "{peer}"], MODERATORS),
    ("person", "add"): (["{nobody}", "--no-password"], {"owner"}),
    ("person", "change"): (["{person}", "--active", "no"], {"owner"}),
    ("person", "password"): (["{person}", "--no-password"], {"owner"}),
    ("person", "suspend"): (["{person}"], MODERATORS),
    ("person", "unsuspend"): (["{person}"], MODERATORS),
    ("person", "end-sessions"): (["{person}"], HELPERS | MODERATORS),
    ("person", "clear-limits"): (["{person}"], HELPERS),
    ("redact", "message"): (["{message}", "--of", "{person}"], MODERATORS),
    ("redact", "range"): (["{person}"], MODERATORS),
    ("reset_link", ""): (["{person}"], HELPERS),
    ("role", "grant"): (["{peer}", "support"], {"owner"}),
    ("role", "revoke"): (["{moderator}", "moderator"], {"owner"}),
    ("role", "list"): ([], {"owner"}),
    ("switch", "notice"): (["Back at noon."], OPERATORS),
    ("switch", "read-only"): (["on"], OPERATORS),
    ("switch", "registration"): (["closed"], OPERATORS),
    ("audit_export", ""): ([], AUDITORS),
}

# What each page of the admin that does something does, by commands.
BUTTONS = {
    "registration": [("switch", "registration")],
    "read-only": [("switch", "read-only")],
    "notice": [("switch", "notice")],
    "limit": [("limits", "set"), ("limits", "reset")],
    "accounts_user_add": [("person", "add")],
    "accounts_user_change": [("person", "change")],
    "auth_user_password_change": [("person", "password")],
    "accounts_user_suspend": [("person", "suspend")],
    "accounts_user_unsuspend": [("person", "unsuspend")],
    "accounts_user_end-sessions": [("person", "end-sessions")],
    "accounts_user_reset-link": [("reset_link", "")],
    "accounts_user_clear-limits": [("person", "clear-limits")],
    "accounts_user_role": [("role", "grant"), ("role", "revoke")],
    "chatsystem_auditentry_export": [("audit_export", "")],
    "chatsystem_job_cancel": [("jobs", "cancel")],
    "chatsystem_job_retry": [("jobs", "retry")],
    "moderation_case_evidence": [("case", "show")],
    "moderation_case_assign": [("case", "assign")],
    "moderation_case_note": [("case", "note")],
    "moderation_case_decide": [("case", "decide")],
    "moderation_case_reopen": [("case", "reopen")],
    "moderation_lookup_person": [("look_up", "person")],
    "moderation_lookup_pair": [("look_up", "pair")],
    "moderation_lookup_message": [("look_up", "message")],
    "moderation_lookup_around": [("look_up", "around")],
    "moderation_lookup_redact": [("redact", "message")],
    "moderation_lookup_redact-range": [("redact", "range")],
}
# The others show something, or are for one's own password.
LOOKS = {
    *("app_list of accounts", "app_list of chatsystem", "app_list of moderation"),
    *("index", "password_change", "password_change_done", "jsi18n", "health", "service"),
    *("accounts_user_changelist", "chatsystem_auditentry_changelist", "chatsystem_auditentry_change"),
    *("chatsystem_job_changelist", "chatsystem_job_change", "moderation_case_changelist", "moderation_case_change"),
    "moderation_lookup_changelist",
}


@pytest.fixture
def things(alice, bob):
    """What commands are about, by the names of the table."""
    sent = spam(alice, bob)
    told = report(bob, sent)
    decided = Case.objects.create(about="person", person_id=bob.pk, person=bob.username, state="rejected")
    waiting, failed = (create_job("jobs.forget", {}, MODERATOR) for _ in range(2))
    Job.objects.filter(pk=failed.pk).update(state="failed")
    return {
        "case": Case.objects.get(reports=told.id).pk,
        "decided": decided.pk,
        "waiting": waiting.pk,
        "failed": failed.pk,
        "message": sent.id,
        "person": alice.username,
        "nobody": new_name(),
        "peer": bob.username,
        "moderator": new_operator("moderator").username,
    }


def line_of(name, things, operator):
    """The words of a command, by an operator; with `--dry-run`, to leave things as they are."""
    words = [name[0], *filter(None, name[1:]), *(one.format(**things) for one in COMMANDS[name][0])]
    reason = () if name in NO_REASON else WHY
    return [*words, *reason, "--dry-run", "--as", operator]


@pytest.mark.parametrize("role", [*ROLES, None], ids=str)
def test_each_role_may_by_commands_what_it_may_in_the_admin(things, role, new_person):
    operator = (new_operator(role) if role else new_person()).username
    allowed = {name for name in COMMANDS if role in COMMANDS[name][1]}
    before = AuditEntry.objects.count()
    answers = {name: refused(*line_of(name, things, operator)) for name in COMMANDS.keys() - allowed}
    assert set(answers.values()) <= {(1, f"{operator} may not do this. (forbidden)")}
    assert AuditEntry.objects.count() == before
    for name in allowed:
        run(*line_of(name, things, operator))


def test_every_command_of_operators_is_told_of_here():
    """With all its words: each has permissions, and a row in the table."""
    found = set()
    for name, app in get_commands().items():
        if not isinstance(app, str) or app.split(".")[0] not in {"accounts", "chatsystem", "messaging", "moderation"}:
            continue
        import_module(f"{app}.management.commands.{name}")
        command = load_command_class(app, name)
        if isinstance(command, LeverCommand):
            parser = command.create_parser("manage.py", name)
            choices = [one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
            words = set(choices[0]) if choices else {""}
            assert set(command.permissions) == words, name
            found |= {(name, word) for word in words}
    assert found == COMMANDS.keys()


def test_every_button_of_the_admin_is_a_command_too_for_the_same_roles():
    """A page of the admin is named here as one that only shows something, or by the commands that do the same."""
    assert BUTTONS.keys() | LOOKS == ALLOWED.keys()
    allowed = {**ALLOWED, "accounts_user_change": {"owner"}}  # to all others it only shows a person
    for page, names in BUTTONS.items():
        assert [COMMANDS[name][1] for name in names] == [allowed[page]] * len(names), page


def test_the_audit_log_names_the_operator_and_the_user_of_this_machine(things):
    moderator = new_operator("moderator")
    run("person", "suspend", things["person"], *WHY, "--as", moderator.username.upper())
    entry = AuditEntry.objects.order_by("number").last()
    assert (entry.action, entry.actor_kind, entry.actor_id, entry.actor_name) == (
        *("person.suspended", "person"),
        *(str(moderator.pk), moderator.username),
    )
    assert entry.request_id == f"command-by-{Actor.command().name}"
    run("person", "unsuspend", things["person"], *WHY)
    entry = AuditEntry.objects.order_by("number").last()
    assert (entry.actor_kind, entry.request_id) == ("command", "")


@pytest.mark.parametrize(
    "words",
    [
        ("person", "change", "{owner}", "--active", "no"),
        ("person", "password", "{owner}", "--no-password"),
        ("person", "end-sessions", "{owner}"),
        ("person", "clear-limits", "{owner}"),
        ("reset_link", "{owner}"),
        ("look_up", "person", "{owner}"),
        ("look_up", "pair", "{owner}", "{helper}"),
        ("look_up", "pair", "{helper}", "{owner}"),
        ("redact", "range", "{owner}"),
    ],
    ids=" ".join,
)
def test_nobody_acts_on_an_operator_who_may_do_more(words, db):
    owner = new_operator("owner")
    helper = new_operator("support" if words[0] in {"person", "reset_link"} else "moderator")
    before = AuditEntry.objects.count()
    line = [one.format(owner=owner.username, helper=helper.username) for one in words]
    problem = refused_json(*line, *WHY, "--as", helper.username)
    assert (problem[0], problem[1]["code"]) == (1, "forbidden")
    assert AuditEntry.objects.count() == before
    run(*line, *WHY, "--as", new_operator("owner").username)


def test_nobody_makes_a_reset_link_for_themselves(db):
    helper = new_operator("support")
    assert refused("reset_link", helper.username, "--as", helper.username) == (
        1, "Your own password is changed by the old one, and not by a link. (forbidden)",
    )  # fmt: skip
    assert helper.links.count() == 0
    assert "/password/reset/" in run("reset_link", helper.username)  # whoever has the machine may


def test_one_message_is_looked_at_and_redacted_whoever_wrote_it(bob):
    owner, moderator = new_operator("owner"), new_operator("moderator")
    sent = spam(owner, bob)
    one = (sent.id, "--of", owner.username, *WHY, "--as", moderator.username)
    for way in ("message", "around"):
        assert run_json("look_up", way, *one)["messages"][0]["content"] == "Buy!"
    assert run_json("redact", "message", *one)["changed"]
    assert get_message(owner=bob, message_id=sent.id).content == ""


def test_a_case_about_an_operator_who_may_do_more_is_not_decided_by_suspending_them(bob):
    owner, moderator = new_operator("owner"), new_operator("moderator")
    report(bob, spam(owner, bob))
    case = Case.objects.get(person_id=owner.pk)
    assert refused("case", "decide", case.pk, "suspend", *WHY, "--as", moderator.username)[0] == 1
    case.refresh_from_db()
    owner.refresh_from_db()
    assert (case.state, owner.is_suspended) == ("open", False)
    run("case", "decide", case.pk, "nothing", *WHY, "--as", moderator.username)


@pytest.fixture
def helper(new_person):
    """Somebody in a group of one's own, which `helper` gives permissions."""
    person, group = new_person(), Group.objects.create(name="helpers")
    User.objects.filter(pk=person.pk).update(is_staff=True)
    person.groups.add(group)

    def make(*names):
        group.permissions.set(find_permissions(names))
        return person.username

    return make


@pytest.mark.parametrize(
    ("decision", "needed"),
    [("redact", "moderation.redact_messages"), ("suspend", "accounts.suspend_people")],
)
def test_a_decision_takes_what_it_does_beside_deciding(things, helper, decision, needed):
    name = helper("moderation.decide_cases")
    line = ("case", "decide", things["case"], decision, *WHY, "--as", name)
    what = {"redact": "redact the message", "suspend": "suspend the person"}[decision]
    before = AuditEntry.objects.count()
    for dry in ((), ("--dry-run",)):
        assert refused(*line, *dry) == (1, f"{name} may not {what}. (forbidden)")
    assert (Case.objects.get(pk=things["case"]).state, AuditEntry.objects.count()) == ("open", before)
    run("case", "decide", things["case"], "nothing", *WHY, "--dry-run", "--as", name)
    helper("moderation.decide_cases", needed)
    run(*line)
    assert Case.objects.get(pk=things["case"]).decision == decision


@pytest.mark.sql
def test_a_case_is_shown_to_whoever_may_read_all_that_is_in_it(things, helper):
    needed = ["view_case", "view_report", "view_note", "look_up_messages"]
    for one in needed:
        name = helper(*(f"moderation.{other}" for other in needed if other != one))
        refusal = (1, f"{name} may not do this. (forbidden)")
        assert refused("case", "show", things["case"], *WHY, "--as", name) == refusal, one
    name = helper(*(f"moderation.{one}" for one in needed))
    assert "Buy!" in run("case", "show", things["case"], *WHY, "--as", name)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}], ids=str)
def test_whoever_is_no_operator_any_more_does_nothing(things, bob, change):
    moderator = new_operator("moderator")
    for name, value in change.items():
        setattr(moderator, name, value)
    moderator.save()
    line = ("redact", "message", things["message"], "--of", bob.username, *WHY, "--as", moderator.username)
    assert refused(*line) == (1, f"{moderator.username} may not do this. (forbidden)")
    assert get_message(owner=bob, message_id=things["message"]).content == "Buy!"
    assert refused(*line[:-1], "nobody") == (1, "Nobody has the name 'nobody'. (person_not_found)")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("support", set()),
        ("moderator", {"cancel"}),
        ("auditor", set()),
        ("operator", {"cancel"}),
        ("owner", {"cancel", "retry"}),
    ],
)
def test_who_may_redact_stops_a_redaction_and_nobody_else_resumes_one(db, role, allowed):
    operator = new_operator(role).username
    for what, state, after in (("cancel", "running", "cancelled"), ("retry", "cancelled", "waiting")):
        job = create_job("messages.redact", {}, MODERATOR)
        Job.objects.filter(pk=job.pk).update(state=state)
        line = ("jobs", what, job.pk, *WHY, "--as", operator)
        if what in allowed:
            run(*line)
        else:
            assert refused(*line) == (1, f"{operator} may not do this. (forbidden)")
        job.refresh_from_db()
        assert job.state == (after if what in allowed else state)


def test_a_refusal_by_role_changes_nothing_without_a_dry_run_either(things):
    auditor = new_operator("auditor")
    for name, (_, roles) in COMMANDS.items():
        if "auditor" not in roles:
            line = [word for word in line_of(name, things, auditor.username) if word != "--dry-run"]
            assert refused(*line)[0] == 1
    assert run_json("case", "list", "--as", auditor.username)["cases"][-1]["state"] == "open"
    assert Job.objects.get(pk=things["waiting"]).state == "waiting"
