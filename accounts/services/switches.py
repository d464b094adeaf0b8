"""What operators switch while the service runs, and how each process gets to know it.

A process keeps what it read for `FRESH` seconds, so that asking costs nothing, and SQL one small query in that time,
whatever number of requests there are. The process that changes something knows it at once.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.characters import is_printable
from accounts.models import Switches
from chatsystem import outages
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import InvalidPayload, ReadOnly
from chatsystem.limits import MAX_NOTICE_LENGTH
from chatsystem.rate_limits import quotas

THE_ROW = 1
FRESH = 5.0  # seconds for which a process believes what it read
PAUSE = 30.0  # seconds until SQL is asked again that was away: connecting in vain takes three


@dataclass(frozen=True, slots=True)
class Notice:
    """What all pages say. Without `since` it's at once, without `until` for good."""

    text: str
    level: str = Switches.Level.INFO
    since: datetime | None = None
    until: datetime | None = None

    def is_shown(self, at: datetime) -> bool:
        """Whether it's to be read at that time."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class State:
    """How everything is switched, with quotas that aren't as configured by their policies' names."""

    registration_open: bool = True
    read_only: bool = False
    notice: Notice | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)


NOTHING_SWITCHED = State()

# What this process knows, and until when by the monotonic clock.
_known = NOTHING_SWITCHED
_fresh_until = float("-inf")


def current() -> State:
    """Return how everything is switched, at most `FRESH` seconds ago; while SQL is away, as it was last."""
    if time.monotonic() >= _fresh_until:
        try:
            know(read())
        except (OperationalError, InterfaceError):
            outages.noticed_sql()
            know(_known, seconds=PAUSE)
    return _known


def read() -> State:
    """Return how everything is switched now, by one query."""
    row = Switches.objects.filter(pk=THE_ROW).first()
    return _state_of(row) if row is not None else NOTHING_SWITCHED


def know(state: State, *, seconds: float = FRESH) -> None:
    """Have this process believe `state` for so long."""
    global _known, _fresh_until  # a process's own
    _known, _fresh_until = state, time.monotonic() + seconds


def forget() -> None:
    """Have this process look at the next question."""
    global _fresh_until  # as above
    _fresh_until = float("-inf")


def listen() -> None:
    """Have rate limits be as operators change them; call once a process."""
    quotas.read_changed_from(lambda: current().quotas)


def are_registrations_open() -> bool:
    """Whether people can make accounts, exactly; they can until an operator says otherwise."""
    return read().registration_open


def check_writable() -> None:
    """Raise `ReadOnly` where messages and accounts are to stay as they are."""
    if current().read_only:
        raise ReadOnly


def find_notice() -> Notice | None:
    """Return what all pages are to say now, if anything."""
    return _shown_now(current())


def last_notice() -> Notice | None:
    """Return the same as this process heard last, however long ago; SQL isn't asked."""
    return _shown_now(_known)


def set_registration(*, is_open: bool, actor: Actor, reason: str = "") -> bool:
    """Let people make accounts, or don't, from the next request on.

    Return whether that was otherwise before; where it wasn't, nothing is recorded. So do the others.
    """
    names = {"registration_open": "open"}
    return _set("registration", Action.REGISTRATION_SET, names, actor=actor, reason=reason, registration_open=is_open)


def set_read_only(*, is_on: bool, actor: Actor, reason: str = "") -> bool:
    """Have messages and accounts stay as they are, or don't, in all processes within `FRESH` seconds.

    Reading goes on, so do logging in and out, sessions, passwords and the admin; read positions still move.
    """
    return _set("read_only", Action.READ_ONLY_SET, {"read_only": "on"}, actor=actor, reason=reason, read_only=is_on)


def set_notice(
    *,
    text: str,
    level: str = Switches.Level.INFO,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
    reason: str = "",
) -> bool:
    """Have all pages say `text` to everybody, from `since` until `until`; an empty text takes the notice away.

    Raises `InvalidPayload` for a text that can't be, a level that isn't one, and an end that isn't after the beginning
    or has passed.
    """
    text = _clean_text(text)
    if not text:
        level, since, until = Switches.Level.INFO, None, None
    if level not in Switches.Level.values:
        message = f"A level is one of {', '.join(Switches.Level.values)}."
        raise InvalidPayload.of("level", "invalid_choice", message)
    now = timezone.now()
    if until is not None and until <= max(since or now, now):
        raise InvalidPayload.of("until", "too_early", "A notice must end in the future, and after its beginning.")
    names = {"notice": "text", "notice_level": "level", "notice_from": "from", "notice_until": "until"}
    values = {"notice": text, "notice_level": level, "notice_from": since, "notice_until": until}
    return _set("notice", Action.NOTICE_SET, names, actor=actor, reason=reason, **values)


def locked() -> Switches:
    """Return the row, which nobody else changes until the transaction ends."""
    Switches.objects.get_or_create(pk=THE_ROW)
    return Switches.objects.select_for_update().get(pk=THE_ROW)


def store(switches: Switches, fields: list[str]) -> None:
    """Store some fields of the row, and have this process know them once they are committed."""
    switches.save(update_fields=fields)
    transaction.on_commit(forget)


def _set(name: str, action: Action, names: Mapping[str, str], *, actor: Actor, reason: str, **values: Any) -> bool:
    """Change some fields, and record them by the names that people read."""
    reason = clean_reason(reason, required=False)
    with transaction.atomic():
        switches = locked()
        before = {field: getattr(switches, field) for field in values}
        if before == values:
            return False
        for field_name, value in values.items():
            setattr(switches, field_name, value)
        store(switches, list(values))
        record(
            actor=actor,
            action=action,
            target=Target("switch", name),
            before={names[field]: value for field, value in before.items()},
            after={names[field]: value for field, value in values.items()},
            reason=reason,
        )
    return True


def _shown_now(state: State) -> Notice | None:
    notice = state.notice
    return notice if notice is not None and notice.is_shown(timezone.now()) else None


def _state_of(row: Switches) -> State:
    notice = Notice(row.notice, row.notice_level, row.notice_from, row.notice_until) if row.notice else None
    return State(row.registration_open, row.read_only, notice, row.quotas)


def _clean_text(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_NOTICE_LENGTH:
        message = f"A notice has {MAX_NOTICE_LENGTH} characters at most."
        raise InvalidPayload.of("text", "too_long", message, MAX_NOTICE_LENGTH)
    if not is_printable(text):
        raise InvalidPayload.of("text", "unprintable", "A notice is one line, of characters that show.")
    return text
