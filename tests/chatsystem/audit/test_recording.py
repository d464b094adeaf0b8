"""Writing entries: what they hold, that they hang together, and that they come and go with their transaction."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from chatsystem.audit import chain
from chatsystem.audit.actions import Action
from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.audit.verification import verify
from chatsystem.middleware import RequestLog
from tests.chatsystem.audit.making import ALICE, write
from tests.operators import OPERATOR

pytestmark = pytest.mark.sql

WRITERS, EACH = 8, 25


def test_an_entry_tells_who_did_what_to_whom_and_follows_the_one_before(db):
    before = {"until": datetime(2026, 11, 24, 13, 0, 0, 7, tzinfo=UTC), "id": UUID(int=7)}
    first = write(before=before, after={"sessions": [1, 2]}, reason="spam \u2014 \U0001f98a")
    second = write(action=Action.MESSAGE_REDACTED, target=Target("message", "m1"))
    entry = AuditEntry.objects.get(pk=first.number)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("person", OPERATOR.id, "olga")
    assert (entry.action, entry.target_kind, entry.target_id) == ("person.suspended", "person", ALICE.id)
    assert (entry.target_name, entry.reason) == ("alice", "spam \u2014 \U0001f98a")
    assert entry.before == {"until": "2026-11-24T13:00:00.000007Z", "id": "00000000-0000-0000-0000-000000000007"}
    assert entry.after == {"sessions": [1, 2]}
    assert abs(entry.at - timezone.now()) < timedelta(seconds=30)
    assert (second.number, second.previous) == (first.number + 1, first.hash)
    assert (second.before, second.after, second.reason, second.request_id, second.address) == (None, None, "", "", "")
    head = AuditHead.objects.get()
    assert (head.number, head.hash, head.at) == (second.number, second.hash, second.at)


def test_the_hash_is_sha256_over_everything_written_in_one_way(db):
    with time_machine.travel(datetime(2126, 1, 2, 3, 4, 5, tzinfo=UTC), tick=False):
        entry = write(after={"b": 1, "a": "\u00e9"})
    written = (
        '{"action":"person.suspended","actor_id":"7d9f3f0c-5f0c-4c8e-9d46-5a1f6a9f2f10","actor_kind":"person",'
        '"actor_name":"olga","address":"","after":{"a":"\\u00e9","b":1},"at":"2126-01-02T03:04:05.000000Z",'
        f'"before":null,"number":{entry.number},"previous":"{entry.previous}","reason":"","request_id":"",'
        f'"target_id":"{ALICE.id}","target_kind":"person","target_name":"alice"}}'
    )
    assert chain.canonical({name: chain.plain(getattr(entry, name)) for name in chain.HASHED}) == written
    assert entry.hash == hashlib.sha256(written.encode()).hexdigest()


def test_a_request_leaves_its_id_and_whole_address_and_nothing_outside_of_it_does(db):
    def view(request):
        write()
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", headers={"x-forwarded-for": "203.0.113.7"})
    request.META["HTTP_X_REQUEST_ID"] = "abc-1"
    RequestLog(view)(request)
    entry = AuditEntry.objects.first()
    assert (entry.request_id, entry.address) == ("abc-1", "203.0.113.7")
    later = write()
    assert (later.request_id, later.address) == ("", "")


def test_a_command_acts_in_the_name_of_the_systems_user_whatever_the_environment_says(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody")
    monkeypatch.setattr("os.getuid", lambda: 0)
    assert Actor.command() == Actor("command", "0", "root")
    monkeypatch.setattr("os.getuid", lambda: 123_456_789)
    assert Actor.command() == Actor("command", "123456789", "123456789")


@pytest.mark.parametrize("value", [1.5, {"at": 1.5}, {1: "a"}, [complex(1)], {"a": b"b"}], ids=repr)
def test_what_databases_write_in_their_own_ways_is_refused_and_nothing_is_written(db, value):
    number = AuditHead.objects.get().number
    with pytest.raises(TypeError), transaction.atomic():
        record(actor=OPERATOR, action=Action.PERSON_SUSPENDED, target=ALICE, after=value)
    assert AuditHead.objects.get().number == number


def test_outside_of_a_transaction_nothing_is_written(database):
    with pytest.raises(TransactionManagementError, match="belongs into the transaction"):
        record(actor=OPERATOR, action=Action.PERSON_SUSPENDED, target=ALICE)
    assert (AuditEntry.objects.count(), AuditHead.objects.get().number) == (0, 0)


def test_an_entry_goes_with_its_transaction_and_leaves_no_gap(database):
    write()
    with transaction.atomic():
        record(actor=OPERATOR, action=Action.PERSON_SUSPENDED, target=ALICE)
        transaction.set_rollback(True)
    write()
    assert list(AuditEntry.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert verify().is_whole


def test_times_never_go_backwards_though_clocks_do(database):
    first = write()
    with time_machine.travel(first.at - timedelta(hours=1)):
        second = write()
    assert second.at == first.at
    assert write().at > first.at
    assert verify().is_whole


def test_writers_at_once_write_one_chain(database):
    failures = []

    def work():
        try:
            write(EACH, before={"state": "a"}, after={"state": "b"})
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = list(AuditEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, WRITERS * EACH + 1))
    verdict = verify()
    assert (verdict.is_whole, verdict.entries) == (True, WRITERS * EACH)
