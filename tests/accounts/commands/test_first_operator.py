"""`manage.py first_operator`, and Django's `createsuperuser` beside it."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.services.login import log_in
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from chatsystem.errors import InvalidPayload
from tests.factories import PASSWORD, new_name
from tests.operators import entries, told


def run(**options):
    output = StringIO()
    call_command("first_operator", stdout=output, **options)
    return output.getvalue()


@pytest.mark.sql
def test_the_first_operator_is_made_once_and_can_do_everything(db):
    printed = run()
    name, password = re.fullmatch(r"First operator, shown this once: name (\S+), password (\S+)\n", printed).groups()
    operator = log_in(username=name, password=password)
    assert name == "operator"
    assert len(password) == 16
    assert (operator.is_staff, operator.is_superuser) == (True, True)
    assert run() == ""
    assert list(User.objects.all()) == [operator]


@pytest.mark.sql
def test_who_made_the_first_operator_is_told_once_and_the_password_is_not(db):
    printed = run()
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.actor_name) == ("command", Actor.command().name)
    assert told() == {
        "actor": Actor.command().name,
        "action": "person.added",
        "target": "operator",
        "before": None,
        "after": {"username": "operator", "is_superuser": True},
        "reason": "",
    }
    assert printed.split()[-1] not in str(vars(entry))
    assert run() == ""
    assert entries() == 1


def test_a_name_that_can_not_be_makes_nobody(db):
    with pytest.raises(InvalidPayload):
        run(username=" ")
    assert (User.objects.count(), entries()) == (0, 0)


def test_the_name_can_be_chosen(db):
    assert "name Ada, " in run(username="Ada")
    assert User.objects.get().username == "Ada"


def test_where_there_is_an_operator_none_is_made(db):
    User.objects.create_superuser(new_name(), PASSWORD)
    assert run() == ""
    assert User.objects.count() == 1


def test_a_name_that_somebody_has_is_theirs_and_the_next_one_is_taken(new_person):
    theirs = new_person("Operator")
    assert "name operator2, " in run()
    theirs.refresh_from_db()
    assert theirs.check_password(PASSWORD)
    assert not theirs.is_superuser


@pytest.mark.sql
def test_where_the_only_operator_was_suspended_another_is_made(db):
    run()
    User.objects.update(is_active=False)
    assert "name operator2, " in run()


@pytest.mark.sql
def test_createsuperuser_works_without_questions(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "Ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, stdout=StringIO())
    operator = log_in(username="ada", password=PASSWORD)
    assert (operator.is_staff, operator.is_superuser) == (True, True)
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, stdout=StringIO())
    assert User.objects.count() == 1
