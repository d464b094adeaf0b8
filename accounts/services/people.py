"""Finding people."""

from uuid import UUID

from django.db import connection

from accounts.models import User
from accounts.usernames import username_key

# Each request of the API asks one of these. Written out it costs 75 us; Django takes 235 us to build it anew each time.
ACTIVE = f"SELECT * FROM {User._meta.db_table} WHERE is_active AND"  # noqa: S608  (a table, no input)
BY_ID, BY_KEY = f"{ACTIVE} id = %s", f"{ACTIVE} username_key = %s"


def is_taken(*, username: str) -> bool:
    """Return whether somebody has that name, in this or another case."""
    return User.objects.filter(username_key=username_key(username)).exists()


def find_active_person(*, username: str) -> User | None:
    """Return the active account of that name, whatever its case, or None."""
    return _find(BY_KEY, username_key(username))


def find_active_person_by_id(*, person_id: UUID) -> User | None:
    """Return the active account with that id, or None."""
    return _find(BY_ID, User._meta.pk.get_db_prep_value(person_id, connection))


def _find(query: str, value: object) -> User | None:
    return next(iter(User.objects.raw(query, [value])), None)
