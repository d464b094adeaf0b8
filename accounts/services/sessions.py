"""Log-ins: starting, listing and ending them."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import recognition
from chatsystem.addresses import Address, kept_part
from chatsystem.errors import SessionNotFound
from chatsystem.limits import MAX_LISTED_SESSIONS


def start_session(*, person: User, kind: Session.Kind, device: str, address: Address | None) -> Session:
    """Store a new session of `person`."""
    User.objects.filter(pk=person.pk).update(last_login=timezone.now())
    return Session.objects.create(person=person, kind=kind, device=device, address_prefix=kept_part(address))


def list_sessions(*, person: User) -> list[Session]:
    """Return the live sessions, the one that was seen last first; of more than `MAX_LISTED_SESSIONS` the first."""
    live = Session.objects.live().filter(person=person)
    return list(live.order_by("-last_seen_at", "id")[:MAX_LISTED_SESSIONS])


def end_session(*, person: User, session_id: UUID) -> None:
    """End one session of `person`, from the next request on. Raises `SessionNotFound`, also for somebody else's."""
    if not close_session(person, session_id, Session.End.ENDED):
        raise SessionNotFound


def close_session(person: User, session_id: UUID, reason: Session.End) -> bool:
    """The same for any reason; return whether the session was live."""
    return bool(_end(person, Session.objects.filter(pk=session_id), reason))


def end_sessions(*, person: User, reason: Session.End, keep: UUID | None = None) -> int:
    """End all sessions of `person` but `keep`, from the next request on. Return how many."""
    others = Session.objects.exclude(pk=keep) if keep else Session.objects.all()
    return _end(person, others, reason)


def _end(person: User, sessions: QuerySet[Session], reason: Session.End) -> int:
    ended = sessions.filter(person=person, ended_at=None).update(ended_at=timezone.now(), end_reason=reason)
    transaction.on_commit(lambda: recognition.forget([person.pk]))
    return ended
