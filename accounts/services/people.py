"""Finding people."""

from accounts.models import User
from accounts.usernames import username_key


def is_taken(*, username: str) -> bool:
    """Return whether somebody has that name, in this or another case."""
    return User.objects.filter(username_key=username_key(username)).exists()


def find_person(*, username: str) -> User | None:
    """Return the account of that name, whatever its case, or None where there is none."""
    return User.objects.filter(username_key=username_key(username)).first()


def find_active_person(*, username: str) -> User | None:
    """The same, or None also for an account that may not act."""
    person = find_person(username=username)
    return person if person is not None and person.may_act else None
