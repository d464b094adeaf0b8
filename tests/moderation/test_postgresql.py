"""What depends on locks, over PostgreSQL."""

import json
import os
import subprocess
import sys

from tests.server import ROOT

EXPECTED = {
    "nothing": ["case.decided"],
    "redact": ["message.redacted", "case.decided"],
    "suspend": ["person.suspended", "case.decided"],
}


def at_once(what, database):
    """What `tests.moderation.at_once` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.moderation.at_once", what],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "chatsystem.settings"},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_of_many_decisions_at_once_one_wins_and_nothing_of_the_others_happens(postgres_url):
    report = at_once("decide", postgres_url)
    decision = report["decision"]
    assert report == {
        "decision": decision,
        "winners": [decision],
        "told": 11,
        "redacted": decision == "redact",
        "suspended": decision == "suspend",
        "actions": EXPECTED[decision],
    }


def test_a_link_and_what_else_is_done_to_its_person_do_not_wait_for_each_other(postgres_url):
    both = ["done", "done"]
    names = ("suspend", "role", "rename", "reset", "email")
    assert at_once("link", postgres_url) == dict.fromkeys(names, both)


def test_many_first_reports_of_one_person_at_once_make_one_case(postgres_url):
    assert at_once("report", postgres_url) == {"ends": ["stored"] * 12, "cases": 1, "reports": 12}


def test_reports_and_decisions_of_one_person_at_once_do_not_wait_for_each_other_for_ever(postgres_url):
    """PostgreSQL would end one of two that hold what the other waits for."""
    report = at_once("all", postgres_url)
    assert report["stored"] == [5] * 8
    assert report["reports"] == [6] * 8
    assert max(report["open"]) <= 1
