"""The demo's people and messages."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.services.login import log_in
from messaging.services import demo
from messaging.services.history import read_inbox_page
from messaging.types import ticks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    """Run the command with 30 messages instead of 500; it returns what was printed."""
    monkeypatch.setattr(demo, "MESSAGES", 30)

    def call():
        output = io.StringIO()
        call_command("demo", stdout=output)
        return output.getvalue()

    return call


def test_three_people_have_messages_over_90_days_and_their_logins_are_printed(run):
    printed = run()
    people = []
    for name in demo.NAMES:
        password = demo.demo_password(name)
        assert f"name {name}, password {password}" in printed
        people.append(log_in(username=name, password=password))
    copies = [sent for owner in people for sent in read_inbox_page(owner=owner, number=1, size=100).messages]
    assert len({sent.id for sent in copies}) == 30
    assert len(copies) == 60
    oldest = timezone.now().timestamp() - min(ticks_of(sent.id) for sent in copies) / 10_000_000
    assert 30 < timedelta(seconds=oldest).days <= 90


def test_a_second_demo_prints_the_logins_and_adds_nothing(run):
    first = run()
    assert run() == first
    ada = User.objects.get(username="ada")
    assert read_inbox_page(owner=ada, number=1, size=100).total < 30


def test_an_account_that_has_a_demos_name_is_left_alone(run):
    person = User.objects.create_user("Ada", "a password of her own")
    with pytest.raises(CommandError, match="another password"):
        run()
    assert read_inbox_page(owner=person, number=1, size=10).messages == []
    assert log_in(username="ada", password="a password of her own") == person
