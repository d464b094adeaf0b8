"""Whose name it is, and who gets messages from whom, mostly answered by one request to Redis.

A yes is kept under the name that was asked for, by `chatsystem.redis.generations`; a no is asked anew each time.
Whoever changes a person or a block calls `forget` after the commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.models import Block, User
from accounts.services.people import find_active_person
from accounts.usernames import username_key
from chatsystem.errors import RecipientBlocked, RecipientNotFound
from chatsystem.redis.generations import Generations

_recipients = Generations("recipient:")
ANYBODY = b"id"  # stands for no sender in particular; theirs are ids of 16 bytes


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who takes messages from the one who asked."""

    pk: UUID
    username: str


def get_recipient(*, sender: User, username: str) -> Recipient:
    """Return the account of that name, whatever its case.

    Raises `RecipientNotFound` for a name that nobody has, an account that is suspended or not active, and one that has
    blocked the sender: alike. Raises `RecipientBlocked` where the sender has blocked them.
    """
    key, name = username_key(username), sender.pk.bytes
    known = _recipients.look_up(key, name)
    if known.value is not None:
        return Recipient(UUID(bytes=known.value[:16]), known.value[16:].decode())
    person = find_active_person(username=username)
    if person is None:
        raise RecipientNotFound
    _check_blocks(sender, person)
    _recipients.fill(key, name, person.pk.bytes + person.username.encode(), generation=known.generation)
    return Recipient(person.pk, person.username)


def find_person_id(*, username: str) -> UUID | None:
    """Return whose name it is, whoever asks and whatever its case; None where nobody of that name may act."""
    key = username_key(username)
    known = _recipients.look_up(key, ANYBODY)
    if known.value is not None:
        return UUID(bytes=known.value)
    person = find_active_person(username=username)
    if person is None:
        return None
    _recipients.fill(key, ANYBODY, person.pk.bytes, generation=known.generation)
    return person.pk


def forget(usernames: Iterable[str]) -> None:
    """Call after the commit of whatever changes the people of these names, or who blocks whom among them."""
    _recipients.forget(username_key(username) for username in usernames)


def _check_blocks(sender: User, recipient: User) -> None:
    between = Q(person=recipient, blocked=sender) | Q(person=sender, blocked=recipient)
    blockers = set(Block.objects.filter(between).values_list("person", flat=True))
    if recipient.pk in blockers:
        raise RecipientNotFound
    if sender.pk in blockers:
        raise RecipientBlocked
