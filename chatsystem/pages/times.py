"""Showing moments in the zone and the language of whoever reads: exact ones, never only "a while ago".

A page of messages has a hundred of them, so what depends on the day and the language alone is made once a process.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.dateformat import format as django_format
from django.utils.formats import get_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

# How a date is written, each a name in `chatsystem/formats/*/formats.py`.
IN_FULL = "DATE_FORMAT"
OF_DAY = "DAY_FORMAT"
THIS_YEAR = "DATE_OF_YEAR_FORMAT"
EARLIER = "SHORT_DATE_FORMAT"


def in_list(moment: datetime) -> SafeString:
    """Return a `<time>` as lists show it: 14:02 today, Yesterday, 24 Nov this year, 24 Nov 2025 before."""
    local, language = _localise(moment)
    day, today = local.date(), datetime.now(local.tzinfo).date()
    return _tag(local, language, _clock(local) if day == today else _in_list(day, today, language))


def of_day(moment: datetime) -> SafeString:
    """Return a `<time>` for places that stand under the heading of their day: 14:02."""
    local, language = _localise(moment)
    return _tag(local, language, _clock(local))


def in_full(moment: datetime) -> SafeString:
    """Return a `<time>` for places where the moment is what matters: 24 November 2026 14:02 CET."""
    local, language = _localise(moment)
    return _tag(local, language, _exact(local, language))


def on_day(moment: datetime) -> SafeString:
    """Return a `<time>` for places where only its day matters: 24 November 2026."""
    local, language = _localise(moment)
    return _tag(local, language, _written(local.date(), IN_FULL, language))


def exact(moment: datetime) -> str:
    """Return a moment in full, with its zone: 24 November 2026 14:02 CET."""
    return _exact(*_localise(moment))


def heading(day: date) -> str:
    """Return the heading of a day: Today, Yesterday, or the day in full."""
    return _days_ago((timezone.localdate() - day).days) or _written(day, OF_DAY, get_language())


def in_utc(moment: datetime) -> str:
    """Return a moment in RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def _localise(moment: datetime) -> tuple[datetime, str]:
    """Return the moment by the reader's clock, and the reader's language."""
    return moment.astimezone(timezone.get_current_timezone()), get_language()


def _tag(local: datetime, language: str, shown: str) -> SafeString:
    """Return a `<time>` with its moment in UTC for machines and, in full, for whoever points at it."""
    # By hand: format_html takes as long as all the rest. Everything in it is digits or was escaped when it was made.
    html = f'<time datetime="{in_utc(local)}" title="{_exact(local, language)}">{shown}</time>'
    return mark_safe(html)  # noqa: S308  (see above)


def _clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def _exact(local: datetime, language: str) -> str:
    return f"{_written(local.date(), IN_FULL, language)} {_clock(local)} {local.tzname()}"


@lru_cache(maxsize=10_000)
def _in_list(day: date, today: date, language: str) -> str:
    form = THIS_YEAR if day.year == today.year else EARLIER
    return _days_ago((today - day).days) or _written(day, form, language)


@lru_cache(maxsize=10_000)
def _written(day: date, form: str, language: str) -> str:
    """Return a day as a language writes it, fit for HTML."""
    return escape(django_format(day, get_format(form, language)))


def _days_ago(days: int) -> str:
    """Return a name for a day in the reader's language, fit for HTML; empty where it has none."""
    if days == 0:
        return escape(_("Today"))
    return escape(_("Yesterday")) if days == 1 else ""
