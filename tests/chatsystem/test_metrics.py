"""What `/metrics` tells, and to whom."""

import re
from datetime import timedelta
from io import StringIO
from ipaddress import ip_network

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from accounts.services import switches
from accounts.services.login import log_in
from accounts.services.registration import register
from chatsystem import sql_metrics
from chatsystem.errors import InvalidLogin, InvalidQuery, ReadOnly, RecipientNotFound, StorageUnavailable, UsernameTaken
from chatsystem.jobs.claiming import LOST_AFTER
from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.starting import start_job
from chatsystem.metrics import OUTCOMES
from messaging import cache
from messaging.services.history import read_conversation, read_inbox, read_inbox_page, show_conversation, show_inbox
from messaging.services.reading import open_conversation
from messaging.services.sending import send_message
from messaging.store import session, writing
from tests.factories import PASSWORD, access_token, new_name
from tests.messaging.reading import first_page
from tests.operators import OPERATOR
from tests.server import ROOT

TOKEN = "Kq3vXw8ZrT1yBn5LmD7pHs2fJc9gAe4u"  # of nobody


def grown(*names):
    """Return a function that says by how much each series has grown since now; those that haven't are left out."""

    def read():
        found = {}
        for family in REGISTRY.collect():
            for sample in family.samples:
                if sample.name in names:
                    found[(sample.name, *sample.labels.values())] = sample.value
        return found

    before = read()
    return lambda: {key: value - before.get(key, 0) for key, value in read().items() if value != before.get(key, 0)}


@pytest.fixture
def scrape(client, db):
    """`scrape(**environ)` asks for metrics."""
    return lambda **environ: client.get("/metrics", **environ)


def answer(response):
    """Return all of an answer that can differ between two addresses."""
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    return response.status_code, headers, re.sub(rb"Request \w+", b"", response.content)


def test_metrics_are_told_in_prometheus_own_words(scrape):
    response = scrape()
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(response.content.decode())}
    assert families["chat_sends"].type == "counter"
    assert families["chat_http_request_seconds"].type == "histogram"


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": "::ffff:10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer"},
    ],
    ids=str,
)
def test_to_strangers_it_is_an_unknown_address(client, environ):
    for method in ("get", "head", "post", "put", "delete", "options"):
        ask = getattr(client, method)
        assert answer(ask("/metrics", **environ)) == answer(ask("/nothing", **environ)) == answer(ask("/metrics/"))


def test_a_form_of_a_stranger_is_at_an_unknown_address_too():
    browser = Client(enforce_csrf_checks=True)
    assert answer(browser.post("/metrics")) == answer(browser.post("/nothing"))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read_them(scrape, address):
    assert scrape(REMOTE_ADDR=address).status_code == 200


def test_addresses_that_are_named_may_read_them_and_no_others(scrape, settings):
    settings.METRICS_ADDRESSES = [ip_network("10.1.0.0/16"), ip_network("2001:db8::/32")]
    statuses = [scrape(REMOTE_ADDR=address).status_code for address in ("10.1.2.3", "2001:db8::7", "10.2.0.1", "::1")]
    assert statuses == [200, 200, 404, 404]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN}x", 404),
        (f"Bearer {TOKEN[:-1]}", 404),
        (f"Basic {TOKEN}", 404),
        (TOKEN, 404),
        ("Bearer \u00e9", 404),
        ("", 404),
    ],
)
def test_whoever_has_the_token_may_read_them_by_a_proxy_too(scrape, settings, authorization, status):
    settings.METRICS_TOKEN, settings.METRICS_ADDRESSES = TOKEN, []
    assert scrape(HTTP_AUTHORIZATION=authorization, HTTP_X_FORWARDED_FOR="9.9.9.9").status_code == status


def test_every_metric_is_in_the_operators_table(scrape):
    families = text_string_to_metric_families(scrape().content.decode())
    told = {(family.name, family.type) for family in families if family.name.startswith("chat_")}
    table = (ROOT / "docs" / "operations.md").read_text()
    listed = re.findall(r"^\| `(chat_\w+?)(?:_total)?` \| (counter|gauge|histogram) \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(told)


def told_from_sql(scrape):
    """Return the value of each series that is told from SQL."""
    families = text_string_to_metric_families(scrape().content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        (one.name, *one.labels.values()): one.value for one in samples if one.name.startswith(("chat_job", "chat_au"))
    }


def test_jobs_and_audit_entries_are_told_from_sql_whoever_did_them(scrape, db):
    before = told_from_sql(scrape)
    forget = "jobs.forget"
    assert before["chat_jobs", forget, "waiting"] == before["chat_job_runs_total", forget, "done"] == 0
    for _ in range(3):
        start_job(kind=forget, arguments={}, actor=OPERATOR)
    Job.objects.filter(pk=Job.objects.last().pk).update(state="failed")
    call_command("work", "--once", stdout=StringIO())
    start_job(kind=forget, arguments={}, actor=OPERATOR)
    now = told_from_sql(scrape)
    growth = {key: value - before[key] for key, value in now.items() if value != before[key]}
    assert growth.pop(("chat_job_seconds_total", forget, "done")) > 0
    assert growth.pop(("chat_job_wait_seconds",)) > 0
    assert {key: value for key, value in growth.items() if forget in key or len(key) == 1} == {
        ("chat_jobs", forget, "waiting"): 1,
        ("chat_jobs", forget, "failed"): 1,
        ("chat_job_runs_total", forget, "done"): 3,  # with the daily one
        ("chat_audit_entries_total",): 4,
    }


def test_how_long_jobs_wait_and_workers_are_silent_is_told(scrape, db):
    Job.objects.all().delete()
    told = told_from_sql(scrape)
    assert told["chat_job_wait_seconds",] == 0
    assert ("chat_job_worker_seconds",) not in told
    now = timezone.now()
    for waits, state in ((90, "waiting"), (30, "waiting"), (900, "failed"), (-900, "waiting")):
        job = start_job(kind="jobs.forget", arguments={}, actor=OPERATOR, run_at=now - timedelta(seconds=waits))
        Job.objects.filter(pk=job.pk).update(state=state)
    for name, silent in (("one", 40), ("two", 7)):
        JobWorker.objects.create(name=name, seen_at=now - timedelta(seconds=silent))
    told = told_from_sql(scrape)
    assert 90 <= told["chat_job_wait_seconds",] < 120
    assert 7 <= told["chat_job_worker_seconds",] < 37


def test_a_job_whose_worker_died_waits_as_well(scrape, db):
    Job.objects.all().delete()
    now = timezone.now()
    for silent in (LOST_AFTER - timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=2)):
        job = start_job(kind="jobs.forget", arguments={}, actor=OPERATOR, run_at=now - timedelta(hours=1))
        Job.objects.filter(pk=job.pk).update(state="running", heartbeat_at=now - silent)
    assert 180 <= told_from_sql(scrape)["chat_job_wait_seconds",] < 210
    Job.objects.update(heartbeat_at=now)
    assert told_from_sql(scrape)["chat_job_wait_seconds",] == 0


def test_while_sql_is_away_the_other_metrics_are_told(scrape, db, monkeypatch):
    def gone():
        raise OperationalError

    monkeypatch.setattr(sql_metrics, "_entries", gone)
    text = scrape().content.decode()
    assert "chat_sends_total" in text
    assert "chat_jobs" not in text


def test_answers_are_counted_by_route_method_and_status_and_not_by_path(client, alice):
    growth = grown("chat_http_requests_total", "chat_http_request_seconds_count")
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    for path in ("/api/v1/health", "/api/v1/health/", "/api/v1/messages/?limit=1", "/a", "/b", "/api/v1/c"):
        client.get(path, headers=token)
    client.generic("INVENTED", "/api/v1/health")
    assert growth() == {
        ("chat_http_requests_total", "health", "GET", "200"): 2,
        ("chat_http_requests_total", "messages", "GET", "200"): 1,
        ("chat_http_requests_total", "-", "GET", "404"): 2,
        ("chat_http_requests_total", "chatsystem.pages.errors.not_found", "GET", "404"): 1,
        ("chat_http_requests_total", "health", "OTHER", "405"): 1,
        ("chat_http_request_seconds_count", "health"): 3,
        ("chat_http_request_seconds_count", "messages"): 1,
        ("chat_http_request_seconds_count", "-"): 2,
        ("chat_http_request_seconds_count", "chatsystem.pages.errors.not_found"): 1,
    }


def test_sends_are_counted_by_their_end(alice, bob, monkeypatch):
    growth = grown("chat_sends_total")
    send_message(sender=alice, recipient=bob.username, content="hello")
    with pytest.raises(RecipientNotFound):
        send_message(sender=alice, recipient=new_name(), content="hello")
    for error in (StorageUnavailable, OperationalError, RuntimeError):
        with monkeypatch.context() as patch:
            patch.setattr(writing, "append", lambda _, error=error: (_ for _ in ()).throw(error))
            with pytest.raises(error):
                send_message(sender=alice, recipient=bob.username, content="hello")
    counted = {"ok": 1, "refused": 1, "unavailable": 2, "failed": 1}
    assert growth() == {("chat_sends_total", outcome): number for outcome, number in counted.items()}
    assert set(counted) == set(OUTCOMES)


def test_what_the_read_only_mode_refuses_is_no_outage(alice, bob):
    growth = grown("chat_sends_total", "chat_registrations_total")
    switches.know(switches.State(read_only=True), seconds=60)
    with pytest.raises(ReadOnly):
        send_message(sender=alice, recipient=bob.username, content="hello")
    with pytest.raises(ReadOnly):
        register(username=new_name(), password=PASSWORD)
    assert growth() == {("chat_sends_total", "refused"): 1, ("chat_registrations_total", "refused"): 1}


def test_pages_are_counted_by_where_they_came_from_and_reads_by_their_end(bob):
    growth = grown("chat_pages_total", "chat_page_reads_total", "chat_cache_lookups_total")
    first_page(bob)
    first_page(bob)
    read_inbox(owner=bob, limit=1)
    with pytest.raises(InvalidQuery):
        read_inbox(owner=bob, limit=0)
    assert growth() == {
        ("chat_pages_total", "cassandra"): 2,
        ("chat_pages_total", "cache"): 1,
        ("chat_page_reads_total", "ok"): 3,
        ("chat_page_reads_total", "refused"): 1,
        ("chat_cache_lookups_total", "miss"): 1,
        ("chat_cache_lookups_total", "hit"): 1,
    }


@pytest.mark.parametrize("read", [read_inbox, read_conversation, show_inbox, show_conversation, open_conversation])
def test_each_way_to_read_a_page_is_counted(alice, bob, read):
    send_message(sender=alice, recipient=bob.username, content="hello")
    growth = grown("chat_page_reads_total")
    options = {"username": alice.username} if "conversation" in read.__name__ else {}
    if read in (show_inbox, show_conversation):
        options["show"] = lambda page: b"shown"
    read(owner=bob, limit=1, **options)
    with pytest.raises(InvalidQuery):
        read(owner=bob, limit=0, **options)
    assert growth() == {("chat_page_reads_total", "ok"): 1, ("chat_page_reads_total", "refused"): 1}


def test_a_cache_that_is_away_is_counted_as_such_and_as_an_outage_when_it_was_asked(bob, parts, dead):
    growth = grown("chat_cache_lookups_total", "chat_outages_total")
    with dead(parts.valkey):
        for _ in range(3):
            cache.look_up(bob.pk, "page")
    assert growth()["chat_cache_lookups_total", "unavailable"] == 3
    assert growth()["chat_outages_total", "redis"] == 1


def test_requests_to_cassandra_are_counted_by_name(alice, bob):
    growth = grown("chat_cql_requests_total", "chat_cql_request_seconds_count", "chat_cql_outages_total")
    send_message(sender=alice, recipient=bob.username, content="hello")
    read_inbox_page(owner=bob, number=1, size=10)
    assert growth() == {
        (name, query): 1
        for name in ("chat_cql_requests_total", "chat_cql_request_seconds_count")
        for query in ("send", "newest", "buckets_down")
    }


def test_what_cassandra_could_not_do_is_counted_by_name(alice, bob, parts, hanging, monkeypatch):
    names = "chat_cql_requests_total", "chat_cql_request_seconds_count", "chat_cql_outages_total", "chat_outages_total"
    read_inbox(owner=bob, limit=1)
    growth = grown(*names)
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        read_inbox(owner=bob, limit=1)
    counted = growth()
    assert counted["chat_cql_requests_total", "newest"] == 1
    assert counted["chat_cql_outages_total", "newest"] == 1
    assert counted["chat_outages_total", "cassandra"] >= 1
    assert ("chat_cql_request_seconds_count", "newest") not in counted


def test_log_ins_and_registrations_are_counted_by_their_end(db):
    growth = grown("chat_logins_total", "chat_registrations_total", "chat_page_logins_total")
    name = new_name()
    register(username=name, password=PASSWORD)
    with pytest.raises(UsernameTaken):
        register(username=name, password=PASSWORD)
    log_in(username=name, password=PASSWORD)
    with pytest.raises(InvalidLogin):
        log_in(username=name, password="another password")
    assert growth() == {
        ("chat_registrations_total", "ok"): 1,
        ("chat_registrations_total", "refused"): 1,
        ("chat_logins_total", "ok"): 1,
        ("chat_logins_total", "refused"): 1,
    }


def test_log_ins_by_a_page_are_counted_apart(client, alice):
    alice.is_staff = True
    alice.save()
    growth = grown("chat_logins_total", "chat_page_logins_total")
    for password in ("another password", PASSWORD):
        client.post("/admin/login/", {"username": alice.username, "password": password})
    assert growth() == {("chat_page_logins_total", "refused"): 1, ("chat_page_logins_total", "ok"): 1}


def test_the_store_tells_each_observer_what_happens(bob, monkeypatch):
    told = []
    monkeypatch.setattr(session, "observers", [lambda *event: told.append(event)])
    read_inbox(owner=bob, limit=1)
    assert [event[:2] for event in told] == [
        ("sent", "newest"),
        ("answered", "newest"),
        ("sent", "buckets_down"),
        ("answered", "buckets_down"),
    ]
    assert all(0 < seconds < 5 for event, _, seconds in told if event == "answered")
