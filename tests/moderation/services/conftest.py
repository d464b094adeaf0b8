import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from moderation.models import Case
from tests.moderation.making import (
    report,
    spam,
)


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob, f"Buy {alice.username}!")


@pytest.fixture
def case(bob, sent):
    """A case about what Alice wrote to Bob."""
    report(bob, sent)
    return Case.objects.get(message_id=sent.id)


@pytest.fixture
def moderator(new_person):
    person = new_person()
    User.objects.filter(pk=person.pk).update(is_staff=True)
    person.groups.add(Group.objects.get(name="moderator"))
    return User.objects.get(pk=person.pk)
