"""Pages about one message, as a browser without scripts sees them."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid1

import pytest
import time_machine

from chatsystem.limits import MAX_EDIT_WINDOW
from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.conversations import read_one
from messaging.services.one_message import get_message
from messaging.services.unread import read_up_to
from messaging.types import Cursor
from tests.messaging.pages.reading import browser_of, page_of, send, texts


def place(message, peer):
    return f"/with/{peer.username}?around={Cursor(message.id).encode()}#m-{message.id}"


@pytest.fixture
def sent(alice, bob):
    return send(alice, bob, "hello")[0]


@pytest.fixture
def late():
    """As if the longest time in which a message can be edited were over."""
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=MAX_EDIT_WINDOW), tick=False):
        yield


def test_the_address_of_a_message_leads_to_its_place(alice, bob, sent):
    for person, peer in ((alice, bob), (bob, alice)):
        answered = browser_of(person).get(f"/message/{sent.id}")
        assert (answered.status_code, answered["Location"]) == (302, place(sent, peer))


@pytest.mark.parametrize("page", ["", "/actions", "/edit", "/delete", "/remove"])
def test_a_strangers_message_reads_like_an_unknown_and_a_removed_one(alice, bob, new_person, sent, page):
    stranger = new_person()
    (removed,) = send(bob, stranger, "removed")
    remove_message(owner=stranger, message_id=removed.id)
    ids = (sent.id, removed.id, uuid1(), UUID(int=0))
    pages = {page_of(browser_of(stranger).get(f"/message/{one}{page}"), 404).replace(str(one), "") for one in ids}
    assert len({re.sub("Request [0-9a-f]+", "", html) for html in pages}) == 1


@pytest.mark.parametrize("page", ["edit", "delete", "remove", "unread"])
def test_a_strangers_message_can_not_be_touched(alice, bob, new_person, sent, page):
    answered = browser_of(new_person()).post(f"/message/{sent.id}/{page}", {"content": "changed"})
    assert answered.status_code == 404
    assert get_message(owner=alice, message_id=sent.id) == get_message(owner=bob, message_id=sent.id) == sent


def offers(person, message):
    html = page_of(browser_of(person).get(f"/message/{message.id}/actions"))
    assert texts(html) == [message.content]
    names = ("Answer", "Edit", "Mark unread from here", "Report", "Remove my copy", "Delete for everyone")
    return [name for name in names if f">{name}<" in html]


def test_what_can_be_done_depends_on_whose_it_is(alice, bob, sent):
    assert offers(alice, sent) == ["Answer", "Edit", "Mark unread from here", "Remove my copy", "Delete for everyone"]
    assert offers(bob, sent) == ["Answer", "Mark unread from here", "Report", "Remove my copy"]


def test_what_is_too_old_to_be_edited_says_so(alice, bob, sent, late):
    assert offers(alice, sent) == ["Answer", "Mark unread from here", "Remove my copy", "Delete for everyone"]
    assert "It is too old to be edited." in page_of(browser_of(alice).get(f"/message/{sent.id}/actions"))
    assert "It is too old to be edited." not in page_of(browser_of(bob).get(f"/message/{sent.id}/actions"))
    assert "This message is too old to be edited." in page_of(browser_of(alice).get(f"/message/{sent.id}/edit"), 409)


def test_a_link_to_the_message_can_be_copied(alice, sent):
    html = page_of(browser_of(alice).get(f"/message/{sent.id}/actions"))
    assert f'value="http://testserver/message/{sent.id}" readonly' in html


def test_editing_shows_the_text_and_goes_back_to_the_place(alice, bob, sent):
    browser = browser_of(alice)
    assert ">\nhello</textarea>" in page_of(browser.get(f"/message/{sent.id}/edit"))
    answered = browser.post(f"/message/{sent.id}/edit", {"content": "good\r\nbye"})
    assert (answered.status_code, answered["Location"]) == (303, place(sent, bob))
    assert get_message(owner=bob, message_id=sent.id).content == "good\nbye"
    html = page_of(browser.get(f"/with/{bob.username}", follow=True))
    assert texts(html) == ["good\nbye"]
    assert "<span>edited</span>" in html


def test_a_refused_edit_keeps_the_text_and_changes_nothing(alice, bob, sent):
    html = page_of(browser_of(alice).post(f"/message/{sent.id}/edit", {"content": "x" * 4_001}))
    assert "x" * 4_001 in html
    assert "A message can have 4,000 characters at most; this has 4,001." in html
    assert get_message(owner=bob, message_id=sent.id) == sent


def test_an_edit_that_comes_too_late_keeps_the_text_and_changes_nothing(alice, bob, sent, late):
    html = page_of(browser_of(alice).post(f"/message/{sent.id}/edit", {"content": "too late"}), 409)
    assert "This message is too old to be edited." in html
    assert "too late</textarea>" in html
    assert get_message(owner=bob, message_id=sent.id) == sent


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_anothers_message_can_not_be_changed_for_both(alice, bob, sent, page):
    browser = browser_of(bob)
    assert browser.get(f"/message/{sent.id}/{page}").status_code == 403
    assert browser.post(f"/message/{sent.id}/{page}", {"content": "changed"}).status_code == 403
    assert get_message(owner=alice, message_id=sent.id) == get_message(owner=bob, message_id=sent.id) == sent


def test_deleting_for_everyone_asks_first_and_leaves_a_gap(alice, bob, sent):
    browser = browser_of(alice)
    html = page_of(browser.get(f"/message/{sent.id}/delete"))
    assert "A line stays that says that a message was deleted." in html
    assert get_message(owner=bob, message_id=sent.id) == sent
    answered = browser.post(f"/message/{sent.id}/delete")
    assert (answered.status_code, answered["Location"]) == (303, place(sent, bob))
    assert texts(page_of(browser.get(f"/with/{bob.username}", follow=True))) == ["You deleted this message."]
    html = page_of(browser_of(bob).get(f"/with/{alice.username}", follow=True))
    assert texts(html) == ["This message was deleted."]
    assert "hello" not in html


def test_a_gap_can_neither_be_answered_nor_edited(alice, sent):
    delete_for_everyone(author=alice, message_id=sent.id)
    html = page_of(browser_of(alice).get(f"/message/{sent.id}/actions"))
    for name in ("Answer", "Edit", "Delete for everyone"):
        assert f">{name}<" not in html
    assert page_of(browser_of(alice).get(f"/message/{sent.id}/edit"), 409)


def test_removing_asks_first_and_leaves_the_others_copy(alice, bob, sent):
    browser = browser_of(bob)
    html = page_of(browser.get(f"/message/{sent.id}/remove"))
    assert f"<bdi>{alice.username}</bdi> keeps their copy." in html
    answered = browser.post(f"/message/{sent.id}/remove")
    assert (answered.status_code, answered["Location"]) == (303, place(sent, alice))
    html = page_of(browser.get(answered["Location"].partition("#")[0]))
    assert texts(html) == []
    assert "Your copy of the message is removed." in html
    assert get_message(owner=alice, message_id=sent.id) == sent


def test_marking_unread_goes_to_the_inbox(alice, bob):
    sent = send(alice, bob, "one", "two", "three")
    read_up_to(owner=bob, username=alice.username, up_to=sent[2].id)
    browser = browser_of(bob)
    answered = browser.post(f"/message/{sent[1].id}/unread")
    assert (answered.status_code, answered["Location"]) == (303, "/inbox")
    assert read_one(owner=bob, username=alice.username).unread.count == 2
    page_of(browser.get("/inbox"))
    assert read_one(owner=bob, username=alice.username).unread.count == 2


def test_marking_unread_is_no_address_to_look_at(alice, sent):
    assert browser_of(alice).get(f"/message/{sent.id}/unread").status_code == 405
