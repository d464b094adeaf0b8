"""The figures of the admin's index."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Session, User
from chatsystem.jobs.models import Job
from chatsystem.redis.connection import redis
from messaging.services.sending import send_message
from moderation.models import Case
from moderation.services.figures import Figures, read_figures
from tests.factories import new_name

DAY = timedelta(days=1)


def seen(person, ago):
    Session.objects.create(person=person, kind="api", last_seen_at=timezone.now() - ago)


@pytest.fixture
def _nothing_sent():
    keys = redis().keys("sent:*")
    if keys:
        redis().delete(*keys)


@pytest.mark.sql
@pytest.mark.usefixtures("_nothing_sent")
def test_everything_is_counted_once(alice, bob, new_person):
    old, away, idle = (new_person() for _ in range(3))
    User.objects.filter(pk=old.pk).update(date_joined=timezone.now() - 2 * DAY)
    for person, ago in ((alice, 0 * DAY), (alice, DAY / 2), (bob, 2 * DAY), (bob, 3 * DAY), (away, 8 * DAY)):
        seen(person, ago)
    for number, state in enumerate(("open", "assigned", "resolved", "rejected")):
        Case.objects.create(about="person", person_id=idle.pk if number < 1 else bob.pk, person="x", state=state)
    for state in ("failed", "failed", "done", "waiting"):
        Job.objects.create(kind="x", state=state, created_by_kind="service", created_by_name="service")
    send_message(sender=alice, recipient=bob.username, content="hello")
    found = read_figures()
    assert found == Figures(5, 4, 1, 2, 2, 2, messages=found.messages)
    assert (found.messages.hour, found.messages.day) == (1, 1)


@pytest.mark.django_db
def test_a_day_begins_at_midnight_by_the_clock_in_force():
    at = timezone.now().replace(hour=12, minute=0)
    User.objects.create_user(new_name(), date_joined=at.replace(hour=0, minute=30))
    with time_machine.travel(at, tick=False):
        assert read_figures().new_today == 1
        with timezone.override("America/New_York"):
            assert read_figures().new_today == 0


@pytest.mark.django_db
def test_they_cost_one_query_and_one_request_to_redis(django_assert_num_queries, redis_requests, cql_requests):
    with django_assert_num_queries(1):
        read_figures()
    assert (redis_requests, cql_requests) == (["MGET"], [])


@pytest.mark.django_db
def test_while_redis_is_away_the_others_are_told(dead, parts):
    with dead(parts.valkey):
        assert read_figures() == Figures(0, 0, 0, 0, 0, 0, messages=None)
