"""Catching up: what is new comes once, in order, and what may still appear is waited for."""

import pytest

from chatsystem.errors import InvalidQuery, SyncTokenExpired
from chatsystem.limits import POLL_AFTER
from messaging import cache, ids
from messaging.services import altering, conversations, sync, unread
from messaging.services.sending import deliver, send_message
from messaging.services.sync import begin, catch_up
from messaging.services.sync_token import REMEMBERED, SyncToken
from messaging.store import writing
from messaging.store.session import get_session
from messaging.types import INBOX, bucket_of, day_of, last_id_at
from tests.messaging.making import DAY, SECOND, id_at, message, now

AGO = 3_600 * SECOND  # an hour: what is written at such a time has settled


class Clock:
    """The time in ticks, at this process as a reader and as a writer."""

    def __init__(self, ticks):
        self.ticks = ticks

    def new_id(self):
        self.ticks += 1
        return id_at(self.ticks)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still, an hour ago; set its `ticks`."""
    clock = Clock(now() - AGO)
    monkeypatch.setattr(sync, "now", lambda: clock.ticks // 10)
    monkeypatch.setattr(ids, "new_id", clock.new_id)
    return clock


def send(sender, recipient, content="hello"):
    return send_message(sender=sender, recipient=recipient.username, content=content)


def told(news):
    return [(one.kind, one.peer, one.message_id) for one in news.changes]


def test_without_a_token_one_begins_now(alice, bob, cql_requests):
    news = begin()
    assert (news.messages, news.changes, news.has_more) == ([], [], False)
    assert cql_requests == []
    sent = send(alice, bob)
    assert catch_up(owner=bob, since=news.next).messages == [sent]


@pytest.mark.ring
def test_what_is_under_way_while_a_token_begins_is_found_later(alice, bob, clock):
    """Its change has an id of before, and its rows come after."""
    sent = message(alice, bob, ticks=clock.ticks - 5 * SECOND)
    before = clock.ticks
    token = begin().next
    clock.ticks -= 9 * SECOND
    writing.append(sent)
    clock.ticks = before + SECOND
    assert catch_up(owner=bob, since=token).messages == [sent]


@pytest.mark.ring
def test_both_people_are_told_of_a_message_once_and_in_order(alice, bob, clock):
    token = begin().next
    sent = [send(alice, bob, "one"), send(bob, alice, "two"), send(alice, bob, "three")]
    for owner, peer in ((alice, bob), (bob, alice)):
        news = catch_up(owner=owner, since=token)
        assert news.messages == sent
        assert told(news) == [("sent", peer.username, one.id) for one in sent]
        assert (news.has_more, news.poll_after) == (False, POLL_AFTER)
        again = catch_up(owner=owner, since=news.next)
        assert (again.messages, again.changes, again.next) == ([], [], news.next)


def test_a_message_to_oneself_is_told_of_once(alice, clock):
    token = begin().next
    sent = send(alice, alice)
    assert told(catch_up(owner=alice, since=token)) == [("sent", alice.username, sent.id)]


@pytest.mark.ring
def test_a_line_that_appears_among_those_that_were_handed_out_is_handed_out_alone(alice, bob, clock):
    """The writer's clock was 4 s behind, or its write took as long."""
    token = begin().next
    first = send(alice, bob, "first")
    token = catch_up(owner=bob, since=token).next
    clock.ticks -= 4 * SECOND
    late = send(alice, bob, "late")
    clock.ticks += 4 * SECOND
    third = send(alice, bob, "third")
    assert catch_up(owner=bob, since=token).messages == [late, third]
    assert first not in catch_up(owner=bob, since=token).messages


def test_what_settled_is_not_read_again(alice, bob, clock):
    token = begin().next
    for _ in range(3):
        send(alice, bob)
    news = catch_up(owner=bob, since=token)
    assert len(news.next.handed) == 3
    clock.ticks += 11 * SECOND
    last = send(alice, bob)
    news = catch_up(owner=bob, since=news.next)
    assert news.messages == [last]
    assert len(news.next.handed) == 1
    assert news.next.floor == last_id_at((clock.ticks - 10 * SECOND) // 10)


@pytest.mark.ring
def test_a_send_that_ends_an_hour_late_is_handed_out(alice, bob, clock):
    token = begin().next
    late = message(alice, bob, "late", ticks=clock.ticks)
    clock.ticks += 3_600 * SECOND
    token = catch_up(owner=bob, since=token).next
    deliver(late)
    assert catch_up(owner=bob, since=token).messages == [late]


@pytest.mark.ring
def test_a_message_whose_rows_are_not_there_yet_is_waited_for(alice, bob, clock):
    """A batch's rows don't become visible at once: here the change is there, and the message comes 3 s later."""
    token = begin().next
    first, second = message(alice, bob, "first", ticks=clock.ticks), message(alice, bob, "second", ticks=clock.ticks)
    add_change(bob, "sent", first, clock)
    writing.append(second)
    news = catch_up(owner=bob, since=token)
    assert (news.messages, told(news)) == ([second], [("sent", alice.username, second.id)])
    nothing = catch_up(owner=bob, since=news.next)
    assert (nothing.messages, nothing.next) == ([], news.next)
    clock.ticks += 3 * SECOND
    put_copies(first, bob)
    assert catch_up(owner=bob, since=news.next).messages == [first]


def add_change(owner, kind, sent, clock):
    change_id = clock.new_id()
    statement = writing.ADD_CHANGE
    statement.run(owner.pk, day_of(change_id), change_id, kind, sent.conversation_id, sent.id)


def put_copies(sent, owner):
    for timeline in (INBOX, sent.conversation_id):
        values = [getattr(sent, name) for name in writing.SENT]
        writing.ADD_MESSAGE.run(owner.pk, timeline, bucket_of(sent.id), *values, 1)


@pytest.mark.ring
def test_a_line_whose_message_never_came_is_passed_by_once_it_has_settled(alice, bob, clock):
    token = begin().next
    add_change(bob, "sent", message(alice, bob, ticks=clock.ticks), clock)
    clock.ticks += 11 * SECOND
    news = catch_up(owner=bob, since=token)
    assert (news.messages, news.changes) == ([], [])
    assert news.next != token
    assert catch_up(owner=bob, since=news.next).next == news.next


@pytest.mark.ring
def test_edits_and_redactions_show_the_message_as_it_is_now_and_redacted_text_never(alice, bob):
    token = begin().next
    one, two = send(alice, bob, "one"), send(alice, bob, "two")
    edited = altering.edit_message(author=alice, message_id=one.id, content="uno")
    redacted = altering.delete_for_everyone(author=alice, message_id=two.id)
    news = catch_up(owner=bob, since=token)
    assert news.messages == [edited, redacted]
    assert [one.content for one in news.messages] == ["uno", ""]
    assert told(news) == [
        ("sent", alice.username, one.id),
        ("sent", alice.username, two.id),
        ("edited", alice.username, one.id),
        ("redacted", alice.username, two.id),
    ]


@pytest.mark.ring
def test_a_removed_copy_is_told_of_and_not_shown(alice, bob):
    token = begin().next
    sent = send(alice, bob)
    altering.remove_message(owner=bob, message_id=sent.id)
    news = catch_up(owner=bob, since=token)
    assert (news.messages, told(news)) == ([], [("removed", alice.username, sent.id)])
    assert catch_up(owner=alice, since=token).messages == [sent]


@pytest.mark.ring
def test_an_edit_is_handed_out_again_when_it_has_settled_and_then_no_more(alice, bob, clock):
    """Its rows may have been read just before they changed."""
    sent = message(alice, bob, ticks=clock.ticks)
    writing.append(sent)
    clock.ticks += 60 * SECOND
    token = begin().next
    add_change(bob, "edited", sent, clock)
    news = catch_up(owner=bob, since=token)
    assert told(news) == [("edited", alice.username, sent.id)]
    nothing = catch_up(owner=bob, since=news.next)
    assert (nothing.changes, nothing.next) == ([], news.next)
    edit(bob, sent, "edited")
    clock.ticks += 11 * SECOND
    again = catch_up(owner=bob, since=news.next)
    assert [one.content for one in again.messages] == ["edited"]
    assert again.next.handed == frozenset()
    clock.ticks += 11 * SECOND
    assert catch_up(owner=bob, since=again.next).next == again.next


def edit(owner, sent, content):
    get_session().execute(
        "UPDATE timeline USING TIMESTAMP %s SET content = %s"
        " WHERE owner_id = %s AND conversation_id = %s AND bucket = %s AND message_id = %s",
        (now() // 10, content, owner.pk, INBOX, bucket_of(sent.id), sent.id),
    )


@pytest.mark.parametrize("limit", [1, 2, pytest.param(7, marks=pytest.mark.ring), 100])
def test_pages_hand_out_everything_once_in_order(alice, bob, clock, limit):
    """A hundred that have settled and fifty that haven't, two of them in one tick."""
    token = begin().next
    sent = []
    for number in range(100):
        sent.append(send(alice, bob, str(number)))
        clock.ticks += SECOND
    for number in range(50):
        sent.append(send(alice, bob, str(number)))
    found, more = [], True
    while more:
        news = catch_up(owner=bob, since=token, limit=limit)
        assert len(news.changes) <= limit
        found += news.messages
        token, more = news.next, news.has_more
        assert (news.poll_after == 0) == more
    assert found == sent
    assert catch_up(owner=bob, since=token, limit=limit).next == token


def test_a_token_remembers_a_hundred_and_the_others_wait_until_those_have_settled(alice, bob, clock):
    token = begin().next
    sent = [send(alice, bob, str(number)) for number in range(REMEMBERED + 30)]
    news = catch_up(owner=bob, since=token)
    assert (news.messages, len(news.next.handed)) == (sent[:REMEMBERED], REMEMBERED)
    assert catch_up(owner=bob, since=news.next).messages == []
    clock.ticks += 11 * SECOND
    assert catch_up(owner=bob, since=news.next).messages == sent[REMEMBERED:]


@pytest.mark.ring
def test_changes_over_weeks_are_handed_out_by_one_token(alice, bob, clock):
    clock.ticks -= 29 * DAY
    token = begin().next
    sent = []
    for _ in range(15):
        sent.append(send(alice, bob))
        clock.ticks += 2 * DAY - 1000
    clock.ticks = now()
    assert catch_up(owner=bob, since=token).messages == sent


def test_the_requests_of_a_day_and_of_a_month(alice, bob, clock, cql_requests):
    clock.ticks = now() // DAY * DAY - 12 * 3_600 * SECOND
    token = begin().next
    for _ in range(3):
        send(alice, bob)
    cql_requests.clear()
    catch_up(owner=bob, since=token)
    assert cql_requests == ["changes", "changes", "changed_messages"]
    cql_requests.clear()
    old = SyncToken(id_at(clock.ticks - 29 * DAY))
    catch_up(owner=bob, since=old)
    assert cql_requests == ["changes"] * 31 + ["changed_messages"]


def test_nothing_new_reads_the_log_once_a_minute_and_no_message(alice, bob, cql_requests, redis_requests):
    token = begin().next
    send(alice, bob)
    token = catch_up(owner=bob, since=token).next
    cql_requests.clear()
    redis_requests.clear()
    assert catch_up(owner=bob, since=token).next == token
    assert set(cql_requests) == {"changes"}
    assert redis_requests == ["HMGET", "EVALSHA"]
    cql_requests.clear()
    redis_requests.clear()
    assert catch_up(owner=bob, since=token).next == token
    assert cql_requests == []
    assert redis_requests == ["HMGET"]


@pytest.mark.ring
def test_every_write_ends_what_is_known_of_nothing_new(alice, bob):
    token = begin().next
    for _ in range(2):
        assert catch_up(owner=bob, since=token).messages == []
    sent = send(alice, bob)
    assert catch_up(owner=bob, since=token).messages == [sent]


def test_what_is_waited_for_is_not_taken_for_nothing_new(alice, bob, clock, cql_requests):
    sent = message(alice, bob, ticks=clock.ticks)
    writing.append(sent)
    clock.ticks += 60 * SECOND
    for kind, there in (("sent", False), ("edited", True)):
        token = begin().next
        one = sent if there else message(alice, bob, ticks=clock.ticks)
        add_change(bob, kind, one, clock)
        cache.forget([bob.pk])
        token = catch_up(owner=bob, since=token).next
        for _ in range(2):
            cql_requests.clear()
            assert catch_up(owner=bob, since=token).next == token
            assert "changes" in cql_requests
        clock.ticks += 60 * SECOND


def test_a_token_of_an_earlier_day_is_renewed_where_nothing_happened(bob, clock):
    old = SyncToken(id_at(clock.ticks - 3 * DAY))
    news = catch_up(owner=bob, since=old)
    assert (news.messages, news.next) == ([], SyncToken(last_id_at((clock.ticks - 10 * SECOND) // 10)))
    assert catch_up(owner=bob, since=news.next).next == news.next


def test_tokens_last_for_thirty_days(bob, clock):
    edge = clock.ticks - 30 * DAY
    catch_up(owner=bob, since=SyncToken(id_at(edge + SECOND)))
    with pytest.raises(SyncTokenExpired):
        catch_up(owner=bob, since=SyncToken(id_at(edge - SECOND)))


@pytest.mark.parametrize("limit", [0, 101])
def test_a_limit_over_the_limit_is_refused(bob, limit):
    with pytest.raises(InvalidQuery):
        catch_up(owner=bob, since=begin().next, limit=limit)


def test_reads_and_flags_come_with_what_holds_now(alice, bob, cql_requests):
    sent = send(alice, bob)
    token = begin().next
    unread.read_up_to(owner=bob, username=alice.username, up_to=sent.id)
    unread.mark_unread(owner=bob, username=alice.username, first=sent.id)
    conversations.set_flags(owner=bob, username=alice.username, muted=True)
    conversations.hide(owner=bob, username=alice.username)
    cql_requests.clear()
    news = catch_up(owner=bob, since=token)
    assert cql_requests[-2:] == ["changed_messages", "some_conversations"]
    expected = [("sent", sent.id), ("read", sent.id), ("read", sent.id), ("flags", sent.id), ("flags", sent.id)]
    assert told(news) == [(kind, alice.username, message_id) for kind, message_id in expected]
    now_holds = news.changes[-1].conversation
    assert {one.conversation for one in news.changes[1:]} == {now_holds}
    assert (now_holds.read_up_to, now_holds.marked_from) == (sent.id, sent.id)
    assert (now_holds.muted, now_holds.archived, now_holds.is_hidden) == (True, False, True)
    assert [one.kind for one in catch_up(owner=alice, since=token).changes] == ["sent"]
