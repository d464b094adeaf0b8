"""`manage.py reset_link`."""

import json
import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Link, User
from accounts.services.login import log_in
from accounts.services.passwords import reset_password
from tests.conftest import new_name
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


@pytest.mark.parametrize("change", [None, {"is_active": False}, {"suspended_at": timezone.now()}], ids=str)
def test_who_may_not_log_in_gets_no_link(alice, change):
    name = new_name()
    if change:
        name = alice.username
        User.objects.filter(pk=alice.pk).update(**change)
    with pytest.raises(CommandError, match=f"^Nobody who may log in has the name '{name}'.$"):
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
    assert done.stderr == "CommandError: Nobody who may log in has the name 'no\\nbody'.\n"
