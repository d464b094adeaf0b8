"""An outage is never an answer: nothing that was accepted is lost, nothing is hidden for good, nobody waits long."""

import socket
import threading
import time
from contextlib import ExitStack, suppress
from unittest.mock import Mock

import pytest
from django.db import connections

from chatsystem.errors import StorageUnavailable
from chatsystem.redis import generations
from embedded.ports import free_ports
from messaging import activity
from messaging.services.history import read_inbox
from messaging.services.sending import send_message
from messaging.store import session
from messaging.store.cluster import REQUEST_TIMEOUT, connection_options
from messaging.types import INBOX
from tests.embedded.waiting import wait_until
from tests.messaging.reading import first_page

BUSY = REQUEST_TIMEOUT + 1.9  # seconds: the limit itself, on a busy machine; the driver's next try would be 2 s


def contents(page):
    return [sent.content for sent in page.messages]


def test_what_was_accepted_is_there_after_cassandra_was_killed(alice, bob, parts, dead):
    """SIGKILL right after the last answer: nothing may have waited in the node's memory."""
    for number in range(100):
        send_message(sender=alice, recipient=bob.username, content=str(number))
    with dead(parts.cassandra):
        pass
    expected = [str(number) for number in reversed(range(100))]
    assert contents(read_inbox(owner=alice, limit=100)) == expected
    assert contents(read_inbox(owner=bob, limit=100)) == expected


def test_a_dead_cassandra_is_an_outage_and_not_an_empty_inbox(alice, bob, parts, dead):
    kept = send_message(sender=alice, recipient=bob.username, content="kept")
    with dead(parts.cassandra):
        with pytest.raises(StorageUnavailable):
            read_inbox(owner=bob, limit=10)
        with pytest.raises(StorageUnavailable):
            first_page(bob)
        with pytest.raises(StorageUnavailable):
            send_message(sender=alice, recipient=bob.username, content="refused")
    assert read_inbox(owner=bob, limit=10).messages == [kept]


def test_a_hanging_cassandra_is_an_outage_within_the_time_limit_and_comes_back(alice, bob, parts, hanging):
    kept = send_message(sender=alice, recipient=bob.username, content="kept")
    with hanging(parts.cassandra, patience=REQUEST_TIMEOUT):
        for ask in (
            lambda: read_inbox(owner=bob, limit=10),
            lambda: send_message(sender=alice, recipient=bob.username, content="unanswered"),
        ):
            began = time.monotonic()
            with pytest.raises(StorageUnavailable):
                ask()
            assert time.monotonic() - began < BUSY
    # The write that got no answer may have happened, or be under way: then it stands in both inboxes in the end, once.
    wait_until(lambda: read_inbox(owner=alice, limit=10) == read_inbox(owner=bob, limit=10))
    assert contents(read_inbox(owner=bob, limit=10)) in (["kept"], ["unanswered", "kept"])
    assert read_inbox(owner=bob, limit=10).messages[-1] == kept


def test_a_statement_that_this_process_never_sent_waits_no_longer_than_others(parts, hanging):
    fresh = session.Statement("fresh", "SELECT bucket FROM timeline_buckets WHERE owner_id = ? AND conversation_id = ?")
    session.get_session()
    with hanging(parts.cassandra, patience=REQUEST_TIMEOUT):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            fresh.run(INBOX, INBOX)
        assert time.monotonic() - began < BUSY


def test_a_cached_page_is_dropped_although_the_send_got_no_answer(alice, bob, parts, hanging):
    first_page(bob)
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        send_message(sender=alice, recipient=bob.username, content="unanswered")
    # The node mostly finishes what it had been sent; nobody may read before it has decided.
    with suppress(AssertionError):
        wait_until(lambda: contents(read_inbox(owner=bob, limit=10)) == ["unanswered"], seconds=2)
    assert first_page(bob) == contents(read_inbox(owner=bob, limit=10))


@pytest.fixture
def unconnected(monkeypatch):
    """This process as it is before it has a session."""
    monkeypatch.setattr(session, "_session", None)
    monkeypatch.setattr(session, "_failed_at", float("-inf"))
    yield
    wait_until(lambda: session._connecting is None)


def test_a_process_that_could_not_connect_does_not_try_again_for_each_request(unconnected, monkeypatch):
    tries = []

    def connect():
        tries.append(1)
        raise session.NoHostAvailable("nobody", {})

    monkeypatch.setattr(session, "_connect", connect)
    for _ in range(5):
        with pytest.raises(StorageUnavailable):
            session.get_session()
    assert len(tries) == 1


def test_requests_wait_for_nodes_that_never_answer_no_longer_than_for_one_answer(unconnected, monkeypatch):
    """The driver tries each of the three for 2 s, and then all of them again. Closed, they refuse it at once."""
    (port,) = free_ports(1)
    engine = connections[session.ALIAS].settings_dict
    options = connection_options(port=port, datacenter="datacenter1")  # this process's own know its own nodes
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    monkeypatch.setitem(engine, "HOST", ",".join(hosts))
    monkeypatch.setitem(
        engine["OPTIONS"], "connection", {name: options[name] for name in engine["OPTIONS"]["connection"]}
    )
    with ExitStack() as nodes:
        for host in hosts:
            nodes.enter_context(socket.create_server((host, port)))
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                session.get_session()
        assert time.monotonic() - began < BUSY
        assert session._connecting is not None  # it goes on with the others


def test_what_connects_goes_on_after_a_request_gave_up_and_the_next_finds_the_session(unconnected, monkeypatch):
    there, tries, brought = threading.Event(), [], Mock()

    def connect():
        tries.append(1)
        there.wait()
        return brought

    monkeypatch.setattr(session, "_connect", connect)
    monkeypatch.setattr(session, "REQUEST_TIMEOUT", 0.1)
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            session.get_session()
    there.set()
    wait_until(lambda: session._connecting is None)
    assert session.get_session() is brought
    assert len(tries) == 1


def test_sending_and_reading_go_on_while_redis_is_dead(alice, bob, parts, dead):
    with dead(parts.valkey):
        sent = send_message(sender=alice, recipient=bob.username, content="hello")
        assert first_page(bob) == [sent.content]


def test_a_message_that_was_accepted_while_redis_hung_is_read_at_once_while_it_hangs(
    alice, bob, parts, hanging, redis_requests
):
    first_page(bob)
    with hanging(parts.valkey):
        redis_requests.clear()
        sent = send_message(sender=alice, recipient=bob.username, content="hello")
        for _ in range(3):
            assert first_page(bob) == [sent.content]
        assert redis_requests == ["HMGET", "EVALSHA"]  # two time-outs of 0.1 s in all


def test_a_message_that_redis_was_not_told_of_is_hidden_no_longer_than_the_pages_time(
    alice, bob, monkeypatch, redis_requests
):
    """The writer's word to Redis is lost. (The time is 1 s here instead of 60.)"""
    monkeypatch.setattr(generations, "TTL", 1)
    first_page(bob)
    with monkeypatch.context() as patch:
        patch.setattr(activity, "forget_and_count", lambda keys: None)
        sent = send_message(sender=alice, recipient=bob.username, content="hello")
    assert first_page(bob) == []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not first_page(bob):
        time.sleep(0.05)  # reads all the time: reading must not prolong it
    assert first_page(bob) == [sent.content]
