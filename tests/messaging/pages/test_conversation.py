"""The page of a conversation, as a browser without scripts sees it."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils.http import urlencode

from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.conversations import read_one
from messaging.services.history import read_conversation
from messaging.services.sending import send_message
from messaging.services.unread import mark_unread, read_up_to
from messaging.store import writing
from messaging.types import Cursor, last_id_at
from tests.chatsystem.rate_limits.making import ALL
from tests.factories import new_name
from tests.messaging.making import DAY, SECOND, message, now, store_in_time, ticks_at
from tests.messaging.pages.reading import browser_of, link, new_line_at, page_of, send, texts


def path(person, **asked):
    return f"/with/{person.username}" + (f"?{urlencode(asked)}" if asked else "")


def unread_of(owner, peer):
    return read_one(owner=owner, username=peer.username).unread.count


def numbers(first, last):
    return [str(number) for number in range(first, last + 1)]


def test_the_newest_fifty_with_the_oldest_on_top(alice, bob):
    send(alice, bob, *numbers(1, 60))
    html = page_of(browser_of(alice).get(path(bob), follow=True))
    assert texts(html) == numbers(11, 60)
    assert f"<title>{bob.username} · Chat</title>" in html
    assert "Newer" not in html
    older = page_of(browser_of(alice).get(link(html, "Older")))
    assert texts(older) == numbers(1, 10)
    assert "This is where it begins." in older
    assert texts(page_of(browser_of(alice).get(link(older, "Newer")))) == numbers(11, 60)


def test_what_is_unread_has_a_line_above_it_that_stays(alice, bob):
    (read, *_) = send(alice, bob, "read")
    read_up_to(owner=bob, username=alice.username, up_to=read.id)
    send(alice, bob, "new", "newer")
    browser = browser_of(bob)
    first = browser.get(path(alice))
    assert first.status_code == 302
    assert first["Location"] == f"{path(alice)}?unread={Cursor(read.id).encode()}#new"
    address = first["Location"].partition("#")[0]
    for _ in range(2):  # a reload finds it where it was
        html = page_of(browser.get(address))
        assert texts(html) == ["read", "new", "newer"]
        assert new_line_at(html) == "new"
    # Whoever comes anew finds all of it read, and is led to the end.
    anew = page_of(browser.get(path(alice), follow=True))
    assert new_line_at(anew) is None
    assert anew.count('id="new"') == 1


def test_where_more_is_unread_than_a_page_holds_it_opens_at_the_first(alice, bob):
    sent = send(alice, bob, *numbers(1, 90))
    read_up_to(owner=bob, username=alice.username, up_to=sent[9].id)
    browser = browser_of(bob)
    html = page_of(browser.get(path(alice), follow=True))
    assert texts(html) == numbers(1, 35)
    assert new_line_at(html) == "11"
    # Only what was seen is read.
    assert unread_of(bob, alice) == 55
    following = link(html, "Newer")
    newer = page_of(browser.get(following))
    assert texts(newer) == numbers(36, 85)
    assert new_line_at(newer) is None
    assert unread_of(bob, alice) == 5
    assert new_line_at(page_of(browser.get(link(newer, "Older")))) == "11"


def test_nothing_was_ever_read(alice, bob):
    send(alice, bob, *numbers(1, 60))
    html = page_of(browser_of(bob).get(path(alice), follow=True))
    assert texts(html) == numbers(1, 50)
    assert new_line_at(html) == "1"
    assert unread_of(bob, alice) == 10


def test_looking_marks_as_read_up_to_what_is_seen(alice, bob):
    send(alice, bob, "one", "two")
    assert unread_of(bob, alice) == 2
    page_of(browser_of(bob).get(path(alice), follow=True))
    assert unread_of(bob, alice) == 0
    send(alice, bob, "three")
    assert unread_of(bob, alice) == 1


def test_a_page_behind_what_is_unread_leaves_it_unread(alice, bob):
    sent = send(alice, bob, *numbers(1, 130))
    read_up_to(owner=bob, username=alice.username, up_to=sent[4].id)
    page_of(browser_of(bob).get(path(alice, around=Cursor(sent[64].id).encode())))
    assert unread_of(bob, alice) == 99  # 125, of which that many are counted
    page_of(browser_of(bob).get(path(alice, before=Cursor(sent[3].id).encode())))
    assert unread_of(bob, alice) == 99
    # Whoever chooses the newest ones has seen the end.
    page_of(browser_of(bob).get(path(alice, before=Cursor(last_id_at(10**16)).encode())))
    assert unread_of(bob, alice) == 99
    page_of(browser_of(bob).get(path(alice, after=Cursor(sent[80].id).encode())))
    assert unread_of(bob, alice) == 0


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "prefetch"),
        ("X-Purpose", "preview"),
        ("X-Moz", "prefetch"),
    ],
)
def test_a_page_that_is_fetched_ahead_marks_nothing(alice, bob, header, value):
    send(alice, bob, "one")
    page_of(browser_of(bob, **{header: value}).get(path(alice), follow=True))
    assert unread_of(bob, alice) == 1


def test_a_head_marks_nothing(alice, bob):
    send(alice, bob, "one")
    assert browser_of(bob).head(path(alice, unread=Cursor(last_id_at(0)).encode())).status_code == 200
    assert unread_of(bob, alice) == 1


def test_what_was_marked_as_unread_is_new_again(alice, bob):
    sent = send(alice, bob, "one", "two", "three")
    read_up_to(owner=bob, username=alice.username, up_to=sent[2].id)
    mark_unread(owner=bob, username=alice.username, first=sent[1].id)
    assert unread_of(bob, alice) == 2
    assert new_line_at(page_of(browser_of(bob).get(path(alice), follow=True))) == "two"
    assert unread_of(bob, alice) == 0


def test_sending_goes_to_the_end_and_happens_once(alice, bob):
    send(bob, alice, "hello")
    browser = browser_of(alice)
    html = page_of(browser.get(path(bob), follow=True))
    key = re.search(r'name="key" value="([^"]+)"', html)[1]
    for _ in range(2):
        answered = browser.post(path(bob), {"content": "one\r\ntwo", "key": key})
        assert answered.status_code == 303
        (newest, *_) = read_conversation(owner=alice, username=bob.username).messages
        assert answered["Location"] == f"{path(bob, unread=Cursor(newest.id).encode())}#new"
        html = page_of(browser.get(answered["Location"].partition("#")[0]))
        assert texts(html) == ["hello", "one\ntwo"]
        assert new_line_at(html) is None


def test_a_refused_text_stays_in_the_form(alice, bob):
    send(bob, alice, "hello")
    html = page_of(browser_of(alice).post(path(bob), {"content": "x" * 4_001, "key": "k"}))
    assert texts(html) == ["hello"]
    assert "x" * 4_001 in html
    assert "A message can have 4,000 characters at most; this has 4,001." in html
    assert 'aria-invalid="true"' in html


def test_an_answer_shows_what_it_answers(alice, bob):
    asked, gone = send(bob, alice, "a question\nof two lines", "never mind")
    browser = browser_of(alice)
    html = page_of(browser.get(path(bob, reply=asked.id)))
    assert f"{bob.username}: a question of two lines" in html
    assert f'name="reply_to" value="{asked.id}"' in html
    browser.post(path(bob), {"content": "yes", "key": "1", "reply_to": asked.id})
    browser.post(path(bob), {"content": "why", "key": "2", "reply_to": gone.id})
    html = page_of(browser.get(path(bob), follow=True))
    assert f'<a href="#m-{asked.id}">{bob.username}: a question of two lines</a></p>' in html
    remove_message(owner=alice, message_id=gone.id)
    delete_for_everyone(author=bob, message_id=asked.id)
    html = page_of(browser.get(path(bob), follow=True))
    assert f"{bob.username}: a message that was deleted" in html
    assert "Answers a message that is not here any more." in html
    assert "question" not in html


def test_an_answer_to_an_older_page_leads_there(alice, bob):
    (asked,) = send(bob, alice, "long ago")
    send(bob, alice, *numbers(1, 50))
    send_message(sender=alice, recipient=bob.username, content="yes", reply_to=asked.id)
    html = page_of(browser_of(alice).get(path(bob), follow=True))
    assert f'<a href="/message/{asked.id}">{bob.username}: long ago</a>' in html


@pytest.mark.parametrize("reply", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_answer_to_nothing_is_an_ordinary_message(alice, bob, reply):
    send(bob, alice, "hello")
    html = page_of(browser_of(alice).get(path(bob, reply=reply)))
    assert "answering" not in html


def test_messages_stand_under_their_days_and_names(alice, bob):
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        at = ticks_at(datetime(2026, 11, 23, 23, 28, tzinfo=UTC))
        for minutes, sender, content in (
            (0, alice, "a"),
            (5, alice, "b"),
            (11, alice, "c"),
            (12, bob, "d"),
            (33, bob, "e"),  # in another day
            (34, bob, "f"),
        ):
            recipient = bob if sender is alice else alice
            store_in_time(message(sender, recipient, content, ticks=at + minutes * 60 * SECOND))
        html = page_of(browser_of(alice).get(path(bob, unread=Cursor(last_id_at(0)).encode())))
    days = [re.findall(r"<h2>(.*?)</h2>", part) for part in html.split('<li class="message')]
    assert [day for days_before in days for day in days_before] == ["Yesterday", "Today"]
    named = re.findall(r'<p class="who( out-of-sight)?" dir="auto">([^<]*)</p>', html)
    name = bob.username
    hidden = " out-of-sight"
    assert named == [("", "You"), (hidden, "You"), ("", "You"), ("", name), ("", name), (hidden, name)]


def test_days_are_those_of_the_reader(alice, bob):
    type(alice).objects.filter(pk=alice.pk).update(time_zone="Europe/Berlin")
    at = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight in Berlin
    store_in_time(message(bob, alice, "late", ticks=ticks_at(at)))
    store_in_time(message(bob, alice, "later", ticks=ticks_at(at) + DAY))
    browser = browser_of(alice)
    assert texts(page_of(browser.get(path(bob, date="2026-06-02")))) == ["late", "later"]
    assert texts(page_of(browser.get(path(bob, date="2026-06-03")))) == ["later"]
    html = page_of(browser.get(path(bob, date="2026-06-01")))
    assert texts(html) == ["late", "later"]
    assert ">00:30</time>" in html


def test_a_day_without_messages_leads_to_the_next_that_has_any(alice, bob):
    store_in_time(message(bob, alice, "first", ticks=ticks_at(datetime(2026, 3, 1, 9, tzinfo=UTC))))
    store_in_time(message(bob, alice, "second", ticks=ticks_at(datetime(2026, 3, 10, 9, tzinfo=UTC))))
    browser = browser_of(alice)
    assert texts(page_of(browser.get(path(bob, date="2026-03-02")))) == ["second"]
    html = page_of(browser.get(path(bob, date="2026-03-11")))
    assert texts(html) == []
    assert "There is nothing on that day, and nothing after it." in html
    assert texts(page_of(browser.get(link(html, "Older")))) == ["first", "second"]


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "01.12.2026"])
def test_what_is_no_date_is_told_beside_the_field(alice, bob, day):
    send(bob, alice, "hello")
    html = page_of(browser_of(alice).get(path(bob, date=day)), status=400)
    assert f"“{day}” is no date. One is written as 2026-11-24." in html
    assert texts(html) == ["hello"]


@pytest.mark.parametrize("name", ["before", "after", "around", "unread"])
def test_a_place_that_is_none_is_a_bad_request(alice, bob, name):
    send(bob, alice, "hello")
    assert browser_of(alice).get(path(bob, **{name: "x"})).status_code == 400


def test_somebody_without_messages_reads_like_nobody(alice, bob):
    nobody = new_name()
    known, unknown = (
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page_of(browser_of(alice).get(f"/with/{name}"), 404))
        for name in (bob.username, nobody)
    )
    assert known.replace(bob.username, nobody) == unknown
    assert f"/new?to={nobody}" in unknown


def test_the_message_that_was_asked_for_is_marked(alice, bob):
    sent = send(bob, alice, *numbers(1, 120))
    html = page_of(browser_of(alice).get(path(bob, around=Cursor(sent[59].id).encode())))
    assert texts(html) == numbers(36, 85)
    assert f'<li class="message is-found" id="m-{sent[59].id}">' in html


def test_contents_are_text(alice, bob):
    send(bob, alice, '<script>alert("1")</script>\n  & https://a.example/?b=1&c=2')
    html = page_of(browser_of(alice).get(path(bob), follow=True))
    assert texts(html) == ['<script>alert("1")</script>\n  & https://a.example/?b=1&c=2']
    assert "<script>alert" not in html


def test_walking_shows_each_message_once_while_new_ones_arrive(alice, bob):
    """1,000 messages, 200 of them of one millisecond."""
    began = now() - 900 * SECOND
    ticks = [began + number * SECOND // 2 for number in range(800)]
    ticks += [began + 400 * SECOND + number * 50 for number in range(200)]
    for number, tick in enumerate(ticks):
        writing.append(message(bob, alice, f"old {number}", ticks=tick))
    browser = browser_of(alice)
    html = page_of(browser.get(path(bob, before=Cursor(last_id_at(10**16)).encode())))
    met = texts(html)
    while (older := link(html, "Older")) is not None:
        send(bob, alice, f"new {len(met)}")
        html = page_of(browser.get(older))
        met = texts(html) + met
    assert sorted(met) == sorted(f"old {number}" for number in range(1_000))
    back = texts(html)
    while (newer := link(html, "Newer")) is not None:
        html = page_of(browser.get(newer))
        back += texts(html)
    assert back[:1_000] == met
    assert len(back) == len(set(back)) == 1_000 + 19


@pytest.fixture
def counted(settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = ALL


def test_the_dearest_view_costs_two_sql_and_six_cql(counted, alice, bob, cql_requests, django_assert_max_num_queries):
    """More is unread than a page holds, and it answers what is far away."""
    began = now() - 5 * SECOND
    asked = message(bob, alice, "asked", ticks=began - SECOND)
    old = [message(bob, alice, f"old {number}", ticks=began + number) for number in range(100)]
    new = [message(bob, alice, f"new {number}", ticks=began + SECOND + number) for number in range(60)]
    for each in (asked, *old, replace(new[0], reply_to=asked.id), *new[1:]):
        writing.append(each)
    read_up_to(owner=alice, username=bob.username, up_to=old[-1].id)
    browser = browser_of(alice)
    address = browser.get(path(bob))["Location"].partition("#")[0]
    cql_requests.clear()
    with django_assert_max_num_queries(2):
        html = page_of(browser.get(address))
    assert new_line_at(html) == "new 0"
    assert f"{bob.username}: asked" in html
    assert cql_requests == ["conversation", "newest", "at_or_older", "newer", "find_some_messages", "read"]


def test_what_was_never_read_costs_no_more(counted, alice, bob, cql_requests, django_assert_max_num_queries):
    send(bob, alice, *numbers(1, 60))
    browser = browser_of(alice)
    address = browser.get(path(bob))["Location"].partition("#")[0]
    cql_requests.clear()
    with django_assert_max_num_queries(2):
        assert new_line_at(page_of(browser.get(address))) == "1"
    assert cql_requests == ["conversation", "newer", "buckets_up", "oldest", "read"]


def test_the_usual_view_costs_two_cql(counted, alice, bob, cql_requests, django_assert_max_num_queries):
    send(alice, bob, *numbers(1, 60))
    browser = browser_of(alice)
    address = browser.get(path(bob))["Location"].partition("#")[0]
    cql_requests.clear()
    with django_assert_max_num_queries(2):
        page_of(browser.get(address))
    assert cql_requests == ["conversation", "newest"]
