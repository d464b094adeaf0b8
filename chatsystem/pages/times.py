"""Showing moments in the zone and the language of whoever reads: exact ones, never only "a while ago"."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as django_format
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def in_list(moment: datetime) -> SafeString:
    """Return a `<time>` as lists show it: 14:02 today, Yesterday, 24 Nov this year, 24 Nov 2025 before."""
    local = timezone.localtime(moment)
    return tag(moment, _in_list(local, timezone.localdate()))


def of_day(moment: datetime) -> SafeString:
    """Return a `<time>` for places that stand under the heading of their day: 14:02."""
    return tag(moment, f"{timezone.localtime(moment):%H:%M}")


def exact(moment: datetime) -> str:
    """Return a moment in full, with its zone: 24 November 2026 14:02 CET."""
    local = timezone.localtime(moment)
    return f"{django_format(local, get_format('DATE_FORMAT'))} {local:%H:%M %Z}"


def heading(day: date) -> str:
    """Return the heading of a day: Today, Yesterday, or the day in full."""
    return _days_ago((timezone.localdate() - day).days) or django_format(day, get_format("DATE_FORMAT"))


def tag(moment: datetime, shown: str) -> SafeString:
    """Return a `<time>` with its moment in UTC for machines and, in full, for whoever points at it."""
    return format_html('<time datetime="{}" title="{}">{}</time>', in_utc(moment), exact(moment), shown)


def in_utc(moment: datetime) -> str:
    """Return a moment in RFC 3339."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _in_list(local: datetime, today: date) -> str:
    day = local.date()
    if day == today:
        return f"{local:%H:%M}"
    return _days_ago((today - day).days) or django_format(day, "j M" if day.year == today.year else "j M Y")


def _days_ago(days: int) -> str:
    return {0: _("Today"), 1: _("Yesterday")}.get(days, "")
