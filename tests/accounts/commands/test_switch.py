"""`manage.py switch` and `manage.py limits`: what they do, say, refuse and leave undone."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Switches
from accounts.services import switches
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.quotas import rate_of
from tests.chatsystem.rate_limits.making import ALL
from tests.operators import entries, told

pytestmark = pytest.mark.django_db
WHY = ("--reason", "A test.")


def run(*arguments):
    """What a command prints."""
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def refused(*arguments):
    """With which code a command ends, and what it says."""
    with pytest.raises(CommandError) as ended:
        run(*arguments)
    return ended.value.returncode, str(ended.value)


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RATE_LIMITS = {**ALL, "send": (20, 60)}


def test_a_notice_is_set_and_taken_away():
    assert run("switch", "notice", "Back at noon.", "--level=warning", "--until=2099-12-24T18:00+01:00", *WHY) == (
        "all pages have the notice.\n"
    )
    notice = switches.current().notice
    assert (notice.text, notice.level, notice.until.isoformat()) == (
        "Back at noon.",
        "warning",
        "2099-12-24T17:00:00+00:00",
    )
    assert (told()["action"], told()["reason"]) == ("service.notice_set", "A test.")
    assert run("switch", "notice", "", *WHY) == "no page has a notice.\n"
    assert switches.current().notice is None


@pytest.mark.parametrize(
    ("what", "state", "field", "value"),
    [("read-only", "on", "read_only", True), ("registration", "closed", "registration_open", False)],
)
def test_a_switch_is_moved_once(what, state, field, value):
    found = json.loads(run("switch", what, state, "--json", *WHY))
    assert found == {what.replace("-", "_"): state, "changed": True}
    assert getattr(switches.current(), field) is value
    before = entries()
    assert run("switch", what, state, *WHY).startswith("nothing: ")
    assert entries() == before


@pytest.mark.parametrize(
    "arguments",
    [("switch", "read-only", "on"), ("switch", "notice", "Hello."), ("limits", "set", "send", "30")],
    ids=" ".join,
)
def test_a_dry_run_says_what_would_be_and_changes_nothing(arguments):
    before = entries()
    found = json.loads(run(*arguments, "--dry-run", "--json", *WHY))
    assert (found["dry_run"], found["changed"]) == (True, True)
    assert run(*arguments, "--dry-run", *WHY).startswith("Nothing was changed. It would be: ")
    assert (entries(), switches.read()) == (before, switches.NOTHING_SWITCHED)
    assert switches.current() == switches.NOTHING_SWITCHED


def test_what_cannot_be_is_refused_with_1_and_its_code():
    code, text = refused("switch", "notice", "x", "--until=2020-01-01", *WHY)
    assert (code, text) == (1, "A notice must end in the future, and after its beginning. (invalid_payload)")
    code, text = refused("limits", "set", "send", "201", *WHY)
    assert (code, text) == (1, "This limit can be from 2 to 200; 20 is configured. (invalid_payload)")
    assert refused("limits", "reset", "nope", *WHY)[0] == 1
    assert not Switches.objects.exists()


def test_limits_are_shown_set_and_reset():
    assert run("limits", "show").splitlines()[7] == "send: 20 in 60 s by account (configured: 20, from 2 to 200)"
    assert run("limits", "set", "send", "30", *WHY) == "send: 30 in 60 s by account (configured: 20, from 2 to 200)\n"
    assert rate_of(policies.SEND) == (30, 60)
    found = {one["policy"]: one for one in json.loads(run("limits", "show", "--json"))["limits"]}
    assert found["send"] == {
        "policy": "send", "by": "account", "quota": 30, "window": 60, "configured": 20, "least": 2, "most": 200,
    }  # fmt: skip
    assert json.loads(run("limits", "reset", "send", "--json", *WHY))["changed"]
    assert rate_of(policies.SEND) == (20, 60)
    assert run("limits", "reset", "send", *WHY).startswith("nothing: send: 20 in 60 s")
