"""Who doesn't want to hear from whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Block, User
from accounts.services import recipients
from accounts.services.people import find_person
from accounts.usernames import username_key
from chatsystem.errors import CannotBlockYourself, PersonNotFound, TooManyBlocks
from chatsystem.limits import MAX_BLOCKS


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """Somebody who is blocked, and since when."""

    username: str
    blocked_at: datetime


def list_blocks(*, person: User) -> list[BlockedPerson]:
    """Return whom `person` blocks, those who were blocked last first; there are `MAX_BLOCKS` at most."""
    blocks = Block.objects.filter(person=person).order_by("-created_at", "-pk")
    return [BlockedPerson(*row) for row in blocks.values_list("blocked__username", "created_at")]


def is_blocking(*, person: User, username: str) -> bool:
    """Return whether `person` blocks the account of that name."""
    return Block.objects.filter(person=person, blocked__username_key=username_key(username)).exists()


def block(*, person: User, username: str) -> None:
    """Have `person` get no message from the account of that name any more, from the next one on.

    The blocked aren't told: to them `person` reads like a name that nobody has. Once blocked is enough: blocking again
    changes nothing. Raises `PersonNotFound`, which tells who exists, as registering does by `UsernameTaken`,
    `CannotBlockYourself`, and `TooManyBlocks`.
    """
    other = _get_other(person, username)
    with transaction.atomic():
        # One block of a person at a time, so each sees the others' rows. A lock of the key too would have two who block
        # each other wait for one another.
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        theirs = Block.objects.filter(person=person)
        if not theirs.filter(blocked=other).exists():
            if theirs.count() >= MAX_BLOCKS:
                raise TooManyBlocks
            theirs.create(person=person, blocked=other)
        # Also when it stood already: whoever made it may have failed to reach Redis.
        transaction.on_commit(lambda: recipients.forget([person.username, other.username]))


def unblock(*, person: User, username: str) -> None:
    """Take messages from the account of that name again; that is so already where it isn't blocked.

    Raises `PersonNotFound` and `CannotBlockYourself`. Nothing is to be forgotten: Redis holds no refusals.
    """
    Block.objects.filter(person=person, blocked=_get_other(person, username)).delete()


def _get_other(person: User, username: str) -> User:
    other = find_person(username=username)
    if other is None:
        raise PersonNotFound
    if other == person:
        raise CannotBlockYourself
    return other
