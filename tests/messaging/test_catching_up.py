"""Catching up loses nothing: hours of bad luck in seconds, on a clock of the test's own and on real rows.

Servers' clocks are up to 5 s apart; the rows of a write become visible one by one within 5 s; some writes die half-way
and are repeated an hour later, or never. A client asks now and then, each time another server.
"""

import heapq
import itertools
import random
from contextlib import suppress

import pytest

from chatsystem.errors import ChatError
from messaging import cache, ids
from messaging.services import altering as altering_service
from messaging.services import sync
from messaging.services.sending import deliver, send_message
from messaging.store import altering, totals, writing
from messaging.store.session import get_session
from messaging.store.timeline import read_older
from messaging.types import Timeline, conversation_id_of
from tests.messaging.making import SECOND, id_at, now

HOUR = 3_600 * SECOND
CLOCKS = (-25 * SECOND // 10, -SECOND, 0, SECOND, 25 * SECOND // 10)  # of servers, apart from the true time
SLOWEST = 5 * SECOND  # from a write's start to its end


class World:
    """Events in the order of the true time, in ticks."""

    def __init__(self, seed, monkeypatch):
        self.random = random.Random(seed)
        self.time = now() - 6 * HOUR
        self.skew = 0
        self.events = []
        self.numbers = itertools.count()
        self.written = []
        monkeypatch.setattr(ids, "new_id", self.new_id)
        for module in (sync, altering, altering_service):
            monkeypatch.setattr(module, "now", self.now)
        monkeypatch.setattr(totals, "_now", self.now)
        for module in (writing, altering):
            monkeypatch.setattr(module, "run_batch", lambda name, statements: self.written.extend(statements))

    def new_id(self):
        return id_at(self.time + self.skew + next(self.numbers) % 10)

    def now(self):
        return (self.time + self.skew) // 10

    def at(self, delay, do, *arguments):
        heapq.heappush(self.events, (self.time + delay, next(self.numbers), do, arguments))

    def run(self):
        while self.events:
            self.time, _, do, arguments = heapq.heappop(self.events)
            self.skew = self.random.choice(CLOCKS)  # each time another server
            do(*arguments)

    def write(self, owner_ids, service, *, half_way=False, **arguments):
        """Call a service, and have what it writes appear one by one; its cached pages go at the end.

        Return its result and in how many ticks it ends. `half_way`, some of it never appears.
        """
        self.written.clear()
        result = service(**arguments)
        duration = self.random.randrange(SLOWEST)
        for statement in self.written:
            if not half_way or self.random.random() < 0.5:
                self.at(self.random.randrange(duration + 1), get_session().execute, statement)
        self.at(duration, cache.forget, owner_ids)
        return result, duration


class People:
    """Alice writes to Bob, badly; what was acknowledged is in `kept`, what was tried at all in `tried`."""

    def __init__(self, world, alice, bob):
        self.world, self.alice, self.bob = world, alice, bob
        self.kept, self.tried, self.removed = [], set(), set()

    def send(self, number):
        owners, chance = (self.alice.pk, self.bob.pk), self.world.random.random()
        arguments = {"sender": self.alice, "recipient": self.bob.username, "content": f"text {number}"}
        sent, duration = self.world.write(owners, send_message, half_way=chance < 0.2, **arguments)
        self.tried.add(sent.id)
        if chance < 0.1:
            self.world.at(HOUR + self.world.random.randrange(HOUR), self.finish, sent)
        elif chance >= 0.2:
            self.world.at(duration, self.kept.append, sent.id)

    def finish(self, sent):
        _, duration = self.world.write(sent.owner_ids, deliver, message=sent)
        self.world.at(duration, self.kept.append, sent.id)

    def alter(self):
        if not self.kept:
            return
        message_id = self.world.random.choice(self.kept)
        edit = {"author": self.alice, "message_id": message_id, "content": f"edited {self.world.time}"}
        service, arguments = self.world.random.choice(
            [
                (altering_service.edit_message, edit),
                (altering_service.edit_message, edit),
                (altering_service.delete_for_everyone, {"author": self.alice, "message_id": message_id}),
                (altering_service.remove_message, {"owner": self.bob, "message_id": message_id}),
            ]
        )
        with suppress(ChatError):  # it was redacted or removed before
            self.world.write((self.alice.pk, self.bob.pk), service, **arguments)
            if service is altering_service.remove_message:
                self.removed.add(message_id)


class Client:
    """Bob's: what it has is what it was handed out, and nothing else."""

    def __init__(self, world, owner):
        self.world, self.owner = world, owner
        self.token = sync.begin().next
        self.messages, self.sent = {}, []

    def ask(self):
        """Ask once, or on and on while there is more."""
        limit = self.world.random.choice([1, 3, 20, 100])
        news = sync.catch_up(owner=self.owner, since=self.token, limit=limit)
        self.token = news.next
        self.messages |= {one.id: one for one in news.messages}
        for change in news.changes:
            if change.kind == "removed":
                self.messages.pop(change.message_id, None)
            if change.kind == "sent":
                self.sent.append(change.message_id)
        if news.has_more and self.world.random.random() < 0.8:
            self.world.at(1, self.ask)


@pytest.mark.parametrize("seed", range(8))
def test_what_a_client_caught_up_with_is_what_history_has(alice, bob, monkeypatch, seed):
    world = World(seed, monkeypatch)
    people, client = People(world, alice, bob), Client(world, bob)
    for number in range(100):
        # Bursts: a hundred writes in a few seconds, or in twenty minutes.
        world.at(world.random.choice([20 * SECOND, 1_200 * SECOND]) * number // 100, people.send, number)
    for _ in range(40):
        world.at(world.random.randrange(1_300 * SECOND), people.alter)
    for _ in range(150):
        world.at(world.random.randrange(world.random.choice([40 * SECOND, 1_300 * SECOND])), client.ask)
    for _ in range(100):
        world.at(HOUR + world.random.randrange(HOUR), client.ask)
    for number in range(20):
        world.at(3 * HOUR + number * 11 * SECOND, client.ask)
    world.run()

    kept = set(people.kept) - people.removed
    assert len(kept) > 50
    assert set(client.sent) - people.tried == set()
    assert kept - set(client.sent) == set()
    for timeline in (Timeline(bob.pk), Timeline(bob.pk, conversation_id_of(alice.pk, bob.pk))):
        history = walk(timeline)
        assert len({one.id for one in history}) == len(history)
        assert {one.id for one in history} - people.tried == set()
        assert {one.id: one for one in history if one.id in people.kept} == {
            key: one for key, one in client.messages.items() if key in people.kept
        }
        assert kept <= {one.id for one in history}


def walk(timeline):
    """All messages, by pages."""
    page = read_older(timeline, limit=30)
    found = [*page.messages]
    while page.older:
        page = read_older(timeline, before=page.older, limit=30)
        found += page.messages
    return found
