"""Three people and a season of their messages, to look at the service with."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.services.login import log_in
from accounts.services.people import find_active_person
from accounts.services.registration import register
from messaging import ids
from messaging.services.history import read_inbox
from messaging.services.sending import deliver
from messaging.types import Message

NAMES = ("ada", "ben", "cleo")
MESSAGES = 500
DAYS = 90

TEXTS = (
    "Morning! Did the parcel arrive?",
    "Not yet. It should be here by noon, they said.",
    "The train is twenty minutes late, start without me.",
    "I moved our talk to Thursday, same time. Is that all right?",
    "Yes, that suits me better.",
    "Can you look at the second page before I send it? The figures at the bottom seem too good.",
    "They are. Somebody counted the returns twice.",
    "Soup is on the stove, take as much as you like.",
    "Thank you!\nI'll bring bread.",
    "Which of the two would you take: https://example.org/blue or https://example.org/green?",
    "Green. The blue one looks like a hospital.",
    "👍",
    "Ha! I thought the same.",
    "Do we still have the key to the cellar?",
    "On the hook behind the door, where it never was before.",
    "Reminder: dentist at 16:30.",
    "شكرا جزيلا",
    "明日は雨だそうです。傘を忘れないで。",
    "Long version: I went there on Tuesday and they were closed, so I went again on Wednesday, and they were open but"
    " the one who knows about it was away, and on Friday she was there and it took three minutes.",
    "Short version: done.",
)


@dataclass(frozen=True)
class DemoPerson:
    """A person to log in as."""

    username: str
    password: str


def make_demo() -> list[DemoPerson]:
    """Make three people and `MESSAGES` messages over `DAYS` days, where they aren't there yet; return the logins.

    Raises `UsernameTaken` where somebody else has one of the names, `InvalidLogin` where a password was changed,
    and `StorageUnavailable`, after which it can be called again.
    """
    logins = [DemoPerson(name, demo_password(name)) for name in NAMES]
    people = [_find_or_register(login) for login in logins]
    if not read_inbox(owner=people[0], limit=1).messages:
        for message in _season(people, until=timezone.now()):
            deliver(message)
    return logins


def demo_password(username: str) -> str:
    """Return a password that this installation alone can derive: shown again each time, guessed by nobody."""
    return salted_hmac("messaging.demo", username, algorithm="sha256").hexdigest()[:16]


def _find_or_register(login: DemoPerson) -> User:
    if find_active_person(username=login.username) is None:
        return register(username=login.username, password=login.password)
    return log_in(username=login.username, password=login.password)


def _season(people: list[User], *, until: datetime) -> list[Message]:
    """Return the messages, the oldest first."""
    rng = random.Random(0)  # noqa: S311  (a story, not a secret)
    pairs = list(permutations(people, 2))
    ages = sorted(rng.random() ** 2 * DAYS for _ in range(MESSAGES))  # more of them lately
    messages = []
    for age in reversed(ages):
        sender, recipient = rng.choice(pairs)
        message_id = ids.id_at(until - timedelta(days=age))
        messages.append(
            Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, rng.choice(TEXTS))
        )
    return messages
