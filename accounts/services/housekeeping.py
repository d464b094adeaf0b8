"""What is kept of log-ins and links, and how long. Each call deletes a bounded number of rows, so none waits long."""

from django.contrib.sessions.models import Session as BrowserState
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from accounts.models import Link, RefreshToken, Session
from accounts.services.login import FAMILIAR

SESSIONS_KEPT = FAMILIAR  # after their end: until then they tell which places are their owner's
AT_ONCE = 500  # rows


def forget_sessions() -> int:
    """Delete sessions, with their refresh tokens, that ended long ago or that nobody used for as long."""
    before = timezone.now() - SESSIONS_KEPT
    over = Q(ended_at__lt=before) | Q(ended_at=None)
    return _delete(Session.objects.filter(over, last_seen_at__lt=before).order_by())


def forget_links() -> int:
    """Delete links that were used or have expired."""
    return _delete(Link.objects.filter(Q(used_at__isnull=False) | Q(expires_at__lte=timezone.now())))


def forget_refresh_tokens() -> int:
    """Delete refresh tokens that have expired. Used ones stay until then: one that comes again was stolen."""
    return _delete(RefreshToken.objects.filter(expires_at__lte=timezone.now()))


def forget_browsers() -> int:
    """Delete what Django keeps of browsers whose cookies have expired."""
    return _delete(BrowserState.objects.filter(expire_date__lt=timezone.now()))


def _delete(rows: "QuerySet[Model]") -> int:
    """Delete up to `AT_ONCE` of some rows; return how many."""
    keys = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    # Asked again, since a session may have been used meanwhile.
    rows.filter(pk__in=keys).delete()
    return len(keys)
