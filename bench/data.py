"""People and histories to measure with."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.browsers import NAME
from accounts.models import Session, User
from accounts.services.sessions import start_session
from accounts.tokens import issue_access_token
from messaging import ids
from messaging.store import totals, writing
from messaging.types import Message, Timeline, bucket_of, conversation_id_of, stamp_of

CONTENT = "A message of eighty characters or so, as people write them all day long, no more."
YEAR = 365 * 24 * 60 * 60
AT_ONCE = 200  # writes under way side by side


def make_person(name: str) -> User:
    """Make a person."""
    return User.objects.create_user(name, "correct horse battery")


def access_token(person: User) -> str:
    """Return a token of a new session."""
    session = start_session(person=person, kind=Session.Kind.API, device="bench", address=None)
    return issue_access_token(person, session.pk)


def browser_cookie(person: User) -> str:
    """Return the cookie of a new session of a browser."""
    session = start_session(person=person, kind=Session.Kind.BROWSER, device="bench", address=None)
    store = SessionStore()
    store.update({SESSION_KEY: str(person.pk), NAME: str(session.pk)})
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def send(sender: User, recipient: User, amount: int) -> None:
    """Send that many messages, with all that belongs to a send."""
    for _ in range(amount):
        writing.append(_message(ids.new_id(), sender, recipient))


def fill_inbox(owner: User, peer: User, amount: int, *, years: int = 1) -> None:
    """Give `owner` an inbox of `amount` messages over a year or more."""
    fill_timeline(Timeline(owner.pk), owner, peer, amount, years=years)
    totals.read_total(Timeline(owner.pk))  # makes the check-point that any page makes


def fill_conversation(owner: User, peer: User, amount: int) -> None:
    """Give `owner` a conversation of `amount` messages over a year."""
    fill_timeline(Timeline(owner.pk, conversation_id_of(owner.pk, peer.pk)), owner, peer, amount)


def fill_list(owner: User, *, read: int, unread: int) -> None:
    """Give `owner` conversations with as many people, whose last message is read or unread."""
    for number in range(read + unread):
        peer = make_person(f"{owner.username}'s {number}")
        writing.append(_message(ids.new_id(), peer, owner))
        if number < read:
            writing.append(_message(ids.new_id(), owner, peer))


def fill_timeline(timeline: Timeline, owner: User, peer: User, amount: int, *, years: int = 1) -> None:
    """Write `amount` messages into one timeline alone, a hundred of them of today, all of them settled."""
    messages = iter(_messages(owner, peer, amount, years * YEAR))
    key, buckets = (timeline.owner_id, timeline.conversation_id), set()
    while group := list(islice(messages, AT_ONCE)):
        answers = []
        for message in group:
            bucket, stamp = bucket_of(message.id), stamp_of(message.id)
            values = [getattr(message, name) for name in writing.SENT]
            answers.append(writing.ADD_MESSAGE.start(*key, bucket, *values, stamp))
            if bucket not in buckets:
                buckets.add(bucket)
                answers.append(writing.ADD_BUCKET.start(*key, bucket, stamp))
        for answer in answers:
            answer.rows()


def _messages(owner: User, peer: User, amount: int, span: int) -> Iterable[Message]:
    now = time.time() - 20
    for number in range(amount):
        age = number / 10 if number < 100 else number * span / amount
        yield _message(ids.id_at(datetime.fromtimestamp(now - age, UTC)), peer, owner)


def _message(message_id: UUID, sender: User, recipient: User) -> Message:
    return Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, CONTENT)
