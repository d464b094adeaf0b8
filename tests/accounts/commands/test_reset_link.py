"""`manage.py reset_link`."""

import json
import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict
from django.utils import timezone

from accounts.models import Link, User
from accounts.services.login import log_in
from accounts.services.passwords import reset_password
from chatsystem.audit.models import AuditEntry
from tests.factories import new_name
from tests.server import ROOT

NEW = "battery staple correct"


def run(*arguments):
    output = StringIO()
    call_command("reset_link", *arguments, stdout=output)
    return output.getvalue()


def test_the_link_sets_a_new_password(alice, settings):
    settings.PUBLIC_URL = "https://chat.example.org"
    printed = run(alice.username.upper())
    token = re.fullmatch(r"https://chat\.example\.org/password/reset/([\w-]{43})\n", printed)[1]
    reset_password(token=token, new_password=NEW)
    assert log_in(username=alice.username, password=NEW) == alice


def test_programs_get_an_object(alice):
    printed = json.loads(run(alice.username, "--json"))
    assert printed.pop("link").startswith("http://127.0.0.1:8000/password/reset/")
    assert printed == {"name": alice.username, "expires_in": 3_600}


def test_the_audit_log_tells_who_made_one_for_whom_and_not_which(alice):
    link = run(alice.username, "--reason", "asked by phone").strip()
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.action) == ("command", "person.reset_link_made")
    assert (entry.target_id, entry.target_name, entry.reason) == (str(alice.pk), alice.username, "asked by phone")
    assert link.rpartition("/")[2] not in json.dumps(model_to_dict(entry), default=str)


def test_a_dry_run_makes_none(alice):
    assert run(alice.username, "--dry-run") == (
        f"Nothing was changed. It would be: a link for {alice.username}, for 3600 s.\n"
    )
    assert json.loads(run(alice.username, "--dry-run", "--json")) == {
        "dry_run": True,
        "name": alice.username,
        "expires_in": 3_600,
    }
    assert not Link.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("change", [{}, {"is_active": False}, {"suspended_at": timezone.now()}], ids=" ".join)
def test_who_may_not_log_in_gets_no_link(alice, change):
    name = new_name()
    if change:
        name = alice.username
        User.objects.filter(pk=alice.pk).update(**change)
    with pytest.raises(CommandError, match=f"^Nobody who may log in has the name '{name}'. \\(person_not_found\\)$"):
        run(name)
    assert not Link.objects.exists()


def test_an_unknown_name_ends_with_1_and_one_line(tmp_path, server):
    database = f"sqlite:///{server.log.parent}/server.sqlite3"
    done = subprocess.run(
        [sys.executable, "manage.py", "reset_link", "no\nbody"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "CommandError: Nobody who may log in has the name 'no\\nbody'. (person_not_found)\n"
