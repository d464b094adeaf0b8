"""Refresh tokens: opaque, kept as hashes, good for one use, and told apart from stolen ones by their families.

A token's successor is derived from it by a key of ours, so a client that lost the answer gets the same successor once
more, within `REPEAT_WITHIN`, and there is never a second live token. A token that is used again after that, or whose
successor was used already, is in two hands: all of its session ends (RFC 9700, 4.14.2).
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import metrics
from accounts.models import RefreshToken, Session, User
from accounts.models.sessions import IDLE
from accounts.services.recognition import account
from accounts.services.sessions import close_session
from chatsystem.errors import InvalidRefreshToken
from chatsystem.metrics import counted
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim

REPEAT_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client holds after a log-in or a refresh."""

    person: User
    session: Session
    refresh_token: str


def grant(session: Session) -> Grant:
    """Return the first refresh token of a new session."""
    token = secrets.token_urlsafe(32)
    _store(session, token, timezone.now())
    return Grant(session.person, session, token)


@counted(metrics.REFRESHES)
def refresh(*, token: str) -> Grant:
    """Trade a refresh token for its successor. Of any number of tries at once, two get it, and it's the same for both.

    Raises `InvalidRefreshToken` for whatever is unknown, used, expired, or of a session or person that can't go on, and
    `RateLimited`, after which the token is as good as before.
    """
    now = timezone.now()
    given = RefreshToken.objects.select_related("session__person").filter(digest=_digest(token)).first()
    if given is None or given.expires_at <= now or not _can_go_on(given.session):
        raise InvalidRefreshToken
    person, session, successor = given.session.person, given.session, _successor(token)
    counters.take(Claim(policies.CHANGE, account(person.pk)))
    if _use(given, successor, now):
        return Grant(person, session, successor)
    if not _is_answer_under_way(given, successor, now):
        close_session(person, session.pk, Session.End.TOKEN_REUSED)
        raise InvalidRefreshToken
    if not _repeat(given, now):
        raise InvalidRefreshToken
    return Grant(person, session, successor)


def _use(given: RefreshToken, successor: str, now: datetime) -> bool:
    """Mark a live token as used, which only one of several tries can, and store its successor.

    Raises `InvalidRefreshToken` where the session has ended meanwhile.
    """
    with transaction.atomic():
        if not RefreshToken.objects.filter(pk=given.pk, used_at=None).update(used_at=now):
            return False
        if not Session.objects.live().filter(pk=given.session_id).update(last_seen_at=now):
            raise InvalidRefreshToken
        given.session.refresh_tokens.filter(expires_at__lte=now).delete()
        _store(given.session, successor, now)
        return True


def _is_answer_under_way(given: RefreshToken, successor: str, now: datetime) -> bool:
    """Whether the token was used a moment ago, and nobody has shown yet that the answer arrived."""
    recent = RefreshToken.objects.filter(pk=given.pk, used_at__gt=now - REPEAT_WITHIN).exists()
    return recent and RefreshToken.objects.filter(digest=_digest(successor), used_at=None).exists()


def _repeat(given: RefreshToken, now: datetime) -> bool:
    """Whether this is the one repetition that a client may need whose answer was lost."""
    return bool(RefreshToken.objects.filter(pk=given.pk, repeated_at=None).update(repeated_at=now))


def _can_go_on(session: Session) -> bool:
    return session.is_live and session.person.may_act


def _store(session: Session, token: str, now: datetime) -> None:
    session.refresh_tokens.create(digest=_digest(token), expires_at=now + IDLE)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _successor(token: str) -> str:
    derived = salted_hmac("accounts.services.refreshing", token, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(derived).decode().rstrip("=")
