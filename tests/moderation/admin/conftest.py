import pytest

from moderation.models import Case
from moderation.roles import ROLES
from tests.admin import new_operator, sign_in
from tests.moderation.making import report, spam


@pytest.fixture
def owner(db):
    return new_operator("owner")


@pytest.fixture
def admin(owner):
    """An owner's browser, in the admin."""
    return sign_in(owner)


@pytest.fixture
def browsers(db):
    """A browser of each role, by the role's name."""
    return {role: sign_in(new_operator(role)) for role in ROLES}


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob, f"<b>Buy {alice.username}!</b>")


@pytest.fixture
def case(bob, sent):
    """A case about what Alice wrote to Bob."""
    report(bob, sent, words="Every day,\n<i>since May</i>")
    return Case.objects.get(message_id=sent.id)


@pytest.fixture
def moderator(db):
    return new_operator("moderator")


@pytest.fixture
def browser(moderator):
    return sign_in(moderator)
