"""People and inboxes to measure with."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from accounts.models import Session, User
from accounts.services.sessions import start_session
from accounts.tokens import issue_access_token
from messaging import ids
from messaging.store import timeline, totals
from messaging.types import INBOX, Message, Timeline, bucket_of, stamp_of

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


def fill_inbox(owner: User, peer: User, amount: int) -> None:
    """Give `owner` an inbox of `amount` messages over a year, a hundred of them today, all of them settled."""
    messages = iter(_messages(owner, peer, amount))
    buckets = set()
    while group := list(islice(messages, AT_ONCE)):
        answers = []
        for message in group:
            bucket, stamp = bucket_of(message.id), stamp_of(message.id)
            values = [getattr(message, name) for name in timeline.MESSAGE_FIELDS]
            answers.append(timeline.ADD_MESSAGE.start(owner.pk, INBOX, bucket, *values, stamp))
            if bucket not in buckets:
                buckets.add(bucket)
                answers.append(timeline.ADD_BUCKET.start(owner.pk, INBOX, bucket, stamp))
        for answer in answers:
            answer.rows()
    totals.read_total(Timeline(owner.pk))  # makes the check-point that any page makes


def _messages(owner: User, peer: User, amount: int) -> Iterable[Message]:
    now = time.time() - 20
    for number in range(amount):
        age = number / 10 if number < 100 else number * YEAR / amount
        yield _message(ids.id_at(datetime.fromtimestamp(now - age, UTC)), peer, owner)


def _message(message_id: UUID, sender: User, recipient: User) -> Message:
    return Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, CONTENT)
