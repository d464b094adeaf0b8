"""Finding people."""

from uuid import UUID

from accounts.models import User
from accounts.usernames import username_key


def is_taken(*, username: str) -> bool:
    """Return whether somebody has that name, in this or another case."""
    return User.objects.filter(username_key=username_key(username)).exists()


def find_active_person(*, username: str) -> User | None:
    """Return the active account of that name, whatever its case, or None."""
    return _find(username_key=username_key(username))


def find_active_person_by_id(*, person_id: UUID) -> User | None:
    """Return the active account with that id, or None."""
    return _find(pk=person_id)


def _find(**key: object) -> User | None:
    # `first()` would sort, which costs a fifth of the whole look-up.
    return next(iter(User.objects.filter(**key, is_active=True)[:1]), None)
