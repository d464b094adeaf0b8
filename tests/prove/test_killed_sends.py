"""A sender that is killed at any point of a send: whoever repeats it with the same key has it sent once, whole."""

import signal
import uuid

import pytest

from messaging.services.history import read_inbox
from messaging.services.sending import fingerprint_of, send_once
from messaging.store import send_keys, totals
from messaging.store.totals import Total
from messaging.types import Timeline
from tests.embedded.waiting import wait_until
from tests.messaging.making import SECOND, message, now, store_in_time
from tests.messaging.reading import first_page
from tests.messaging.store.raw import conversation_of, copies_of
from tests.prove.dying_sender import POINTS, Plan
from tests.server import manage

CONTENT = "hello"
UNCLAIMED, CLAIMED, STORED = "nothing", "the key alone", "the key and all copies"
# What is left behind; where a request was under way, it may be either.
LEFT = {
    "before the claim": {UNCLAIMED},
    "while the claim is under way": {UNCLAIMED, CLAIMED, STORED},
    "behind the claim": {CLAIMED},
    "before the batch": {CLAIMED},
    "while the batch is under way": {CLAIMED, STORED},
    "behind the batch": {STORED},
    "before the answer": {STORED},
}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """SQL of the dying processes: they don't see what a test's transaction holds."""
    url = f"sqlite:///{tmp_path_factory.mktemp('dying')}/db.sqlite3"
    manage({"DATABASE_URL": url}, "migrate", "--noinput")
    return url


@pytest.fixture
def key():
    return str(uuid.uuid4())


@pytest.fixture
def dying_send(alice, bob, key, database):
    """`dying_send(point)` sends from alice to bob and dies there."""

    def send(point):
        plan = Plan({alice.username: str(alice.pk), bob.username: str(bob.pk)}, CONTENT, key, point)
        assert plan.carry_out(database) == -signal.SIGKILL

    return send


def what_is_left(alice, bob, key):
    """What there is now; fails where copies are there in part, and stay so."""
    # A node goes on with what the dead had sent it.
    wait_until(lambda: inbox(alice) == inbox(bob))
    claim = send_keys.find_claim(alice.pk, key)
    if claim is None:
        assert inbox(bob) == []
        return UNCLAIMED
    return STORED if [sent.id for sent in inbox(bob)] == [claim.message_id] else CLAIMED


def inbox(owner):
    return list(read_inbox(owner=owner, limit=10).messages)


def test_every_point_is_tried():
    late = {"before check-points are deleted", "behind check-points"}  # below
    assert LEFT.keys() | late == POINTS.keys()


@pytest.mark.parametrize("point", LEFT)
def test_a_repeated_send_finishes_what_a_killed_one_left(alice, bob, key, dying_send, point):
    assert first_page(bob) == []  # is cached, and the dead may not have said that it is over
    dying_send(point)
    left = what_is_left(alice, bob, key)
    assert left in LEFT[point]
    is_certain = len(LEFT[point]) == 1
    claim = send_keys.find_claim(alice.pk, key)
    sent = send_once(sender=alice, recipient=bob.username, content=CONTENT, key=key)
    assert sent.replayed == (left != UNCLAIMED) or not is_certain
    assert claim is None or sent.message.id == claim.message_id
    assert first_page(bob) == first_page(alice) == [CONTENT]
    assert inbox(alice) == inbox(bob) == [sent.message]
    assert [row["content"] for row in copies_of(sent.message).values()] == [CONTENT] * 4
    for one, other in ((alice, bob), (bob, alice)):
        assert conversation_of(one, other)["last"] == (sent.message.id, alice.username, CONTENT)
        assert totals.read_total(Timeline(one.pk)).messages == 1
    again = send_once(sender=alice, recipient=bob.username, content=CONTENT, key=key)
    assert (again.message, again.replayed) == (sent.message, True)


def test_a_killed_send_is_finished_although_its_recipient_was_suspended_since(alice, bob, key, dying_send):
    dying_send("behind the claim")
    bob.is_active = False
    bob.save()
    sent = send_once(sender=alice, recipient=bob.username, content=CONTENT, key=key)
    assert sent.replayed
    assert inbox(bob) == [sent.message]


@pytest.mark.parametrize("point", ["before check-points are deleted", "behind check-points"])
def test_totals_are_right_after_a_late_repetition_was_killed_and_repeated(
    alice, bob, key, dying_send, point, monkeypatch
):
    """The key was claimed an hour ago; what arrived since is counted already."""
    monkeypatch.setattr(totals, "CHECKPOINT_AFTER", 1)
    early = message(alice, bob, CONTENT, ticks=now() - 3_600 * SECOND)
    send_keys.claim(key, early, fingerprint=fingerprint_of(bob.username, CONTENT, None))
    store_in_time(message(alice, bob, "later", ticks=now() - 20 * SECOND))
    for rows_counted in (1, 0):  # a check-point knows it the second time
        assert totals.read_total(Timeline(bob.pk)) == Total(1, rows_counted)
    dying_send(point)
    assert send_once(sender=alice, recipient=bob.username, content=CONTENT, key=key).message == early
    assert [sent.content for sent in inbox(bob)] == ["later", CONTENT]
    assert totals.read_total(Timeline(bob.pk)).messages == 2
