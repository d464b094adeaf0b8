"""People that commands name."""

from typing import Any

from accounts.models import User
from accounts.services.operators import outranks
from accounts.services.people import find_by_name_or_id
from chatsystem.errors import Forbidden, PersonNotFound


def get_person(name: str) -> User:
    """Return somebody by name, whatever its case, or by id. Raises `PersonNotFound`."""
    person = find_by_name_or_id(name=name)
    if person is None:
        raise PersonNotFound(f"Nobody has the name or the id {name!a}.")
    return person


def get_subject(name: str, *, by: Any) -> User:
    """Return somebody to whom an operator does something, or with None the machine's user. Raises `Forbidden` too."""
    person = get_person(name)
    check_may_act_on(person, by=by)
    return person


def check_may_act_on(person: User, *, by: Any) -> None:
    """Raise `Forbidden` where `person` is an operator who may do more than the one who acts."""
    if by is not None and outranks(person, by):
        raise Forbidden(f"{person.username} may do more than {by.username}, who therefore may not do this to them.")
