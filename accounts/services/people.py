"""Finding people."""

from uuid import UUID

from accounts.models import User
from accounts.usernames import username_key


def is_taken(*, username: str) -> bool:
    """Return whether somebody has that name, in this or another case."""
    return User.objects.filter(username_key=username_key(username)).exists()


def find_person(*, username: str) -> User | None:
    """Return the account of that name, whatever its case, or None where there is none."""
    return User.objects.filter(username_key=username_key(username)).first()


def find_id(*, name: str) -> UUID | None:
    """Return the id of whoever has that name, or what is an id itself, whose account may be gone; else None."""
    try:
        return UUID(name)  # no name is as long as that
    except ValueError:
        person = find_person(username=name)
        return person.pk if person is not None else None


def find_by_name_or_id(*, name: str) -> User | None:
    """Return the account of that name or id, or None where there is none."""
    person_id = find_id(name=name)
    return User.objects.filter(pk=person_id).first() if person_id else None


def find_active_person(*, username: str) -> User | None:
    """The same, or None also for an account that may not act."""
    person = find_person(username=username)
    return person if person is not None and person.may_act else None
