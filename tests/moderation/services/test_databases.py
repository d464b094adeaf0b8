"""Figures and lists of people, over both kinds of databases."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.directory import Status, list_people
from accounts.services.switches import read, set_notice, set_read_only
from moderation.services.figures import read_figures
from tests.factories import new_name
from tests.operators import OPERATOR


def make(number, **values):
    names = [new_name() for _ in range(number)]
    people = [User(username=name, username_key=name, **values) for name in names]
    User.objects.bulk_create(people)
    return people


def names(found):
    return [person.username for person in found.people]


def test_figures_are_one_query(database):
    people = make(3)
    Session.objects.bulk_create(
        Session(person=person, kind="api", last_seen_at=timezone.now() - timedelta(days=days))
        for person, days in zip([*people, people[0]], (0, 2, 9, 1), strict=True)
    )
    with CaptureQueriesContext(connection) as queries:
        found = read_figures()
    assert len(queries) == 1
    assert (found.people, found.new_today, found.active_day, found.active_week) == (3, 3, 1, 2)
    assert (found.open_cases, found.failed_jobs) == (0, 0)


def test_people_of_one_moment_are_listed_once_each(database):
    made = {person.username for person in make(25, date_joined=timezone.now())}
    seen, before = [], None
    while True:
        found = list_people(before=before, limit=10)
        seen += names(found)
        before = found.older
        if before is None:
            break
    assert len(seen) == 25
    assert set(seen) == made


@pytest.mark.parametrize("term", ["\0", "a\0b", "%", "_", "\\", "\ud7ff", "x" * 1_000])
def test_every_term_can_be_asked_for(database, term):
    make(1)
    assert names(list_people(term=term, limit=10)) == []


def test_people_are_found_by_status(database):
    suspended, over, _ = make(3)
    now = timezone.now()
    User.objects.filter(pk=suspended.pk).update(suspended_at=now)
    User.objects.filter(pk=over.pk).update(suspended_at=now, suspended_until=now)
    assert names(list_people(status=Status.SUSPENDED, limit=10)) == [suspended.username]


def test_switches_are_stored_and_read(database):
    set_read_only(is_on=True, actor=OPERATOR)
    set_notice(text="Back at noon.", actor=OPERATOR)
    assert (read().read_only, read().notice.text) == (True, "Back at noon.")
