"""Moments as people read them: by their clock, in their language, and exactly."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from chatsystem.pages import times

NOW = datetime(2026, 11, 24, 13, 2, 59, 999_999, tzinfo=UTC)


@pytest.fixture
def reader(time_machine):
    """`reader(zone, language, now)` has somebody read at that moment."""
    activated = []

    def read(zone, language="en", now=NOW):
        time_machine.move_to(now, tick=False)
        timezone.activate(ZoneInfo(zone))
        activated.append(translation.override(language))
        activated[-1].__enter__()

    yield read
    timezone.deactivate()
    for override in reversed(activated):
        override.__exit__(None, None, None)


def shown(html):
    return html.partition(">")[2].removesuffix("</time>")


def test_a_time_has_its_moment_in_utc_and_in_full(reader):
    reader("Europe/Zurich")
    assert times.of_day(NOW) == (
        '<time datetime="2026-11-24T13:02:59Z" title="24 November 2026 14:02 CET">14:02</time>'
    )
    assert times.in_full(NOW) == (
        '<time datetime="2026-11-24T13:02:59Z" title="24 November 2026 14:02 CET">24 November 2026 14:02 CET</time>'
    )
    assert times.exact(NOW) == "24 November 2026 14:02 CET"
    assert shown(times.on_day(NOW)) == "24 November 2026"


def test_a_moment_of_another_zone_is_the_same_moment(reader):
    reader("UTC")
    there = NOW.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert times.of_day(there) == times.of_day(NOW)
    assert times.in_utc(there) == "2026-11-24T13:02:59Z"


@pytest.mark.parametrize(
    ("ago", "english", "german"),
    [
        (timedelta(), "14:02", "14:02"),
        (timedelta(hours=14, minutes=2), "00:00", "00:00"),
        (timedelta(hours=14, minutes=3), "Yesterday", "Gestern"),
        (timedelta(days=1, hours=14, minutes=2), "Yesterday", "Gestern"),
        (timedelta(days=1, hours=14, minutes=3), "22 Nov", "22. Nov."),
        (timedelta(days=200), "8 May", "8. Mai"),
        (timedelta(days=327, hours=14, minutes=2), "1 Jan", "1. Jan."),
        (timedelta(days=327, hours=14, minutes=3), "31 Dec 2025", "31. Dez. 2025"),
        (timedelta(days=365), "24 Nov 2025", "24. Nov. 2025"),
        (timedelta(hours=-12), "25 Nov", "25. Nov."),  # of a server whose clock is ahead
    ],
)
def test_lists_show_the_time_of_today_and_the_day_of_others(reader, ago, english, german):
    reader("Europe/Zurich")
    assert shown(times.in_list(NOW - ago)) == english
    with translation.override("de"):
        assert shown(times.in_list(NOW - ago)) == german
        assert f"{(NOW - ago).astimezone(ZoneInfo('Europe/Zurich')).year} " in times.in_list(NOW - ago)


@pytest.mark.parametrize(
    ("zone", "now", "ten_minutes_ago", "title"),
    [
        ("UTC", "2026-01-01T00:05:00", "Yesterday", "31 December 2025 23:55 UTC"),
        ("Pacific/Auckland", "2025-12-31T11:05:00", "Yesterday", "31 December 2025 23:55 NZDT"),
        ("Pacific/Kiritimati", "2025-12-31T10:15:00", "00:05", "1 January 2026 00:05 +14"),
        ("Pacific/Pago_Pago", "2026-01-01T10:55:00", "23:45", "31 December 2025 23:45 SST"),
        ("America/New_York", "2026-01-01T05:05:00", "Yesterday", "31 December 2025 23:55 EST"),
    ],
)
def test_a_year_begins_when_it_does_for_the_reader(reader, zone, now, ten_minutes_ago, title):
    now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    reader(zone, now=now)
    html = times.in_list(now - timedelta(minutes=10))
    assert shown(html) == ten_minutes_ago
    assert f'title="{title}"' in html


def test_two_days_after_new_year_the_old_year_is_named(reader):
    reader("Europe/Zurich", now=datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert shown(times.in_list(datetime(2025, 12, 31, 12, tzinfo=UTC))) == "31 Dec 2025"
    assert shown(times.in_list(datetime(2026, 1, 1, 12, tzinfo=UTC))) == "Yesterday"


def test_the_hour_that_comes_twice_is_told_apart_by_its_zone(reader):
    reader("Europe/Zurich", now=datetime(2026, 10, 25, 12, tzinfo=UTC))
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert [shown(times.in_list(moment)) for moment in (first, second)] == ["02:30", "02:30"]
    assert times.exact(first) == "25 October 2026 02:30 CEST"
    assert times.exact(second) == "25 October 2026 02:30 CET"


def test_the_hour_that_is_left_out_is_not_shown(reader):
    reader("Europe/Zurich", now=datetime(2026, 3, 29, 12, tzinfo=UTC))
    moments = [datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)]
    assert [times.exact(moment) for moment in moments] == ["29 March 2026 01:59 CET", "29 March 2026 03:00 CEST"]


@pytest.mark.parametrize(("hour", "day"), [(21, "Today"), (22, "Today"), (3, "Today")])
def test_on_a_day_of_25_hours_all_of_it_is_today(reader, hour, day):
    reader("Europe/Zurich", now=datetime(2026, 10, 25, 22, 59, tzinfo=UTC))  # 23:59
    assert times.heading(datetime(2026, 10, 25, hour, tzinfo=UTC).astimezone(ZoneInfo("Europe/Zurich")).date()) == day
    assert shown(times.in_list(datetime(2026, 10, 24, 22, 0, tzinfo=UTC))) == "00:00"  # 24 h 59 min ago
    assert shown(times.in_list(datetime(2026, 10, 24, 21, 59, tzinfo=UTC))) == "Yesterday"


def test_a_reader_who_moves_sees_other_days(reader):
    moment = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    reader("Asia/Tokyo")
    assert shown(times.in_list(moment)) == "13:30"
    reader("America/Los_Angeles")
    assert shown(times.in_list(moment)) == "Yesterday"
    assert times.exact(moment) == "23 November 2026 20:30 PST"


@pytest.mark.parametrize(
    ("day", "english", "german"),
    [
        (date(2026, 11, 24), "Today", "Heute"),
        (date(2026, 11, 23), "Yesterday", "Gestern"),
        (date(2026, 11, 22), "Sunday, 22 November 2026", "Sonntag, 22. November 2026"),
        (date(2025, 3, 1), "Saturday, 1 March 2025", "Samstag, 1. März 2025"),
    ],
)
def test_days_have_headings(reader, day, english, german):
    reader("Europe/Zurich")
    assert times.heading(day) == english
    with translation.override("de"):
        assert times.heading(day) == german


def test_the_day_changes_at_midnight_of_the_reader_whatever_was_shown_before(reader, time_machine):
    reader("Europe/Zurich", now=datetime(2026, 11, 24, 22, 59, tzinfo=UTC))
    assert shown(times.in_list(NOW)) == "14:02"
    time_machine.shift(timedelta(minutes=1))
    assert shown(times.in_list(NOW)) == "Yesterday"
    time_machine.shift(timedelta(days=1))
    assert shown(times.in_list(NOW)) == "24 Nov"
