"""`manage.py switch registration`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.services.switches import are_registrations_open
from tests.operators import entries, told


def run(*arguments):
    output = StringIO()
    call_command("switch", "registration", *arguments, "--reason", "spammers", stdout=output)
    return output.getvalue()


def test_registration_is_closed_and_opened(db):
    began = entries()
    assert run("closed", "--dry-run").startswith("Nothing was changed. ")
    assert (are_registrations_open(), entries()) == (True, began)
    assert json.loads(run("closed", "--json")) == {"registration": "closed", "changed": True}
    assert not are_registrations_open()
    assert (told()["action"], told()["after"], told()["reason"]) == (
        "service.registration_set",
        {"open": False},
        "spammers",
    )
    began = entries()
    assert json.loads(run("closed", "--json"))["changed"] is False
    assert entries() == began
    run("open")
    assert are_registrations_open()


def test_it_needs_to_be_told_which_and_why(db):
    for arguments in (("ajar", "--reason", "x"), ("closed",)):
        with pytest.raises(CommandError):
            call_command("switch", "registration", *arguments)
    assert are_registrations_open()
