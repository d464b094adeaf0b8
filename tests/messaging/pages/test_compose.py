"""Writing a message, as a browser without scripts does."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.services.blocks import block
from chatsystem.errors import StorageUnavailable
from chatsystem.limits import MAX_CONTENT_BYTES, MAX_CONTENT_LENGTH
from messaging.pages.composing import MessageForm
from messaging.services.conversations import hide
from messaging.services.history import read_inbox
from messaging.store import conversations as store
from messaging.store import writing
from tests.chatsystem.rate_limits.making import ALL
from tests.messaging.pages.reading import browser_of, page_of, send

NOBODY = "Nobody of this name takes messages from you."


@pytest.fixture
def browser(alice):
    return browser_of(alice)


def open_form(browser, **asked):
    """Go to the form as a link does; return its address and what its fields hold."""
    response = browser.get("/new", asked)
    assert response.status_code == 302
    return response["Location"], fields(page_of(browser.get(response["Location"])))


def fields(html):
    form = html.partition('<form method="post">')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall("<input[^>]*>", form):
        name, value = re.search('name="([^"]*)"', tag)[1], re.search('value="([^"]*)"', tag)
        found[name] = unescape(value[1]) if value else ""
    found["content"] = unescape(re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", form, re.DOTALL)[1])
    del found["csrfmiddlewaretoken"]
    return found


def submit(browser, address="/new", **typed):
    return browser.post(address, typed)


def contents(person):
    return [message.content for message in read_inbox(owner=person).messages]


def focused(html):
    return re.findall(r'<(?:input|textarea)[^>]*name="([^"]*)"[^>]* autofocus', html)


def test_a_message_is_sent_and_the_conversation_shown(alice, bob, browser):
    address, form = open_form(browser)
    response = submit(browser, address, **{**form, "recipient": bob.username.upper(), "content": "hello"})
    assert (response.status_code, response["Location"]) == (303, f"/with/{bob.username}")
    assert contents(bob) == contents(alice) == ["hello"]


def test_line_ends_of_browsers_count_as_one_character_and_nothing_else_is_changed(bob, browser):
    text = " \r\na\r\n\r\nb\t" + "x" * (MAX_CONTENT_LENGTH - 8) + " "
    assert submit(browser, recipient=bob.username, content=text, key="k").status_code == 303
    (stored,) = contents(bob)
    assert stored == text.replace("\r\n", "\n")
    assert len(stored) == MAX_CONTENT_LENGTH


def test_the_key_stands_in_the_address_so_that_a_form_that_is_gone_back_to_is_the_same(alice, bob, browser):
    address, form = open_form(browser, to=bob.username)
    assert parse_qs(urlsplit(address).query) == {"to": [bob.username], "key": [form["key"]]}
    assert form["recipient"] == bob.username
    assert re.fullmatch(r"[\w-]{16}", form["key"])
    for _ in range(2):  # sent, gone back, sent again
        typed = {**fields(page_of(browser.get(address))), "content": "hello"}
        assert submit(browser, address, **typed).status_code == 303
    assert contents(bob) == ["hello"]
    assert open_form(browser)[1]["key"] != form["key"]


def test_another_message_under_the_same_key_is_kept_and_sent_when_asked_again(bob, browser):
    submit(browser, recipient=bob.username, content="hello", key="k")
    html = page_of(submit(browser, recipient=bob.username, content="changed", key="k"))
    assert "You have sent a message from this form before." in html
    form = fields(html)
    assert (form["content"], form["recipient"]) == ("changed", bob.username)
    assert form["key"] != "k"
    assert contents(bob) == ["hello"]
    assert submit(browser, **form).status_code == 303
    assert contents(bob) == ["changed", "hello"]


@pytest.mark.parametrize("key", [None, "", "a b", "x" * 65])
def test_a_form_without_a_good_key_gets_one_and_sends_nothing_yet(bob, browser, key):
    typed = {"recipient": bob.username, "content": "hello"} | ({} if key is None else {"key": key})
    html = page_of(submit(browser, **typed))
    assert "This form was incomplete." in html
    assert contents(bob) == []
    assert submit(browser, **fields(html)).status_code == 303
    assert contents(bob) == ["hello"]


@pytest.mark.parametrize("content", ["", " \r\n\t"])
def test_an_empty_message_is_refused_at_its_field(bob, browser, content):
    html = page_of(submit(browser, recipient=bob.username, content=content, key="k"))
    assert html.count("A message must have more in it than white space.") == 2  # in the summary, and at the field
    assert '<a href="#id_content">' in html
    assert re.search(r'<textarea[^>]* aria-invalid="true" aria-describedby="id_content_error"', html)
    assert focused(html) == ["content"]
    assert fields(html)["recipient"] == bob.username
    assert contents(bob) == []


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("x" * (MAX_CONTENT_LENGTH + 1), "A message can have 4,000 characters at most; this has 4,001."),
        ("\U0001f600" * 2_501, "A message can have 10,000 bytes in UTF-8 at most; this has 10,004."),
        ("a\x07b", "control characters"),
    ],
)
def test_what_is_too_long_or_cannot_be_stored_is_refused_with_numbers_and_kept(bob, browser, content, refusal):
    html = page_of(submit(browser, recipient=bob.username, content=content, key="k"))
    assert refusal in html
    assert fields(html)["content"] == content
    assert contents(bob) == []


def test_unknown_blocking_suspended_and_closed_people_read_alike(alice, browser, new_person):
    blocking, suspended, closed = (new_person() for _ in range(3))
    block(person=blocking, username=alice.username)
    suspended.suspended_at = suspended.date_joined
    suspended.save()
    closed.is_active = False
    closed.save()
    names = ["nobody", *(person.username for person in (blocking, suspended, closed))]
    pages = [page_of(submit(browser, recipient=name, content="hello", key="k")) for name in names]
    assert all(page.count(NOBODY) == 2 for page in pages)
    assert len({_without(page, name) for page, name in zip(pages, names, strict=True)}) == 1
    assert focused(pages[0]) == ["recipient"]
    assert fields(pages[0])["content"] == "hello"
    assert contents(alice) == []


def _without(page, name):
    return re.sub('name="csrfmiddlewaretoken" value="[^"]*"', "", page.replace(name, ""))


def test_whom_one_has_blocked_is_said_plainly(alice, bob, browser):
    block(person=alice, username=bob.username)
    html = page_of(submit(browser, recipient=bob.username, content="hello", key="k"))
    assert "You have blocked this person. Unblock them to write to them." in unescape(html)
    assert contents(bob) == []


def test_both_faults_are_listed_in_turn_and_the_first_has_the_cursor(browser):
    html = page_of(submit(browser, recipient="", content="", key="k"))
    assert focused(html) == ["content"]  # the service looks at the content first
    html = page_of(submit(browser, recipient="x" * 17, content="hello", key="k"))
    assert focused(html) == ["recipient"]
    assert "A username has 16 characters at most." in html


def test_the_cursor_is_where_something_is_missing(bob, browser):
    assert focused(page_of(browser.get("/new?key=k"))) == ["recipient"]
    assert focused(page_of(browser.get(f"/new?key=k&to={bob.username}"))) == ["content"]


def test_names_are_suggested_from_ones_own_conversations_only(alice, bob, browser, new_person):
    stranger, hidden = new_person(), new_person()
    send(stranger, bob, "hello")
    send(bob, alice, "hello")
    send(alice, hidden, "hello")
    hide(owner=alice, username=hidden.username)
    html = page_of(browser.get("/new?key=k"))
    assert re.findall('<option value="([^"]*)">', html) == [bob.username]
    assert f"{MAX_CONTENT_LENGTH}" in re.search('data-limit="([0-9]*)"', html)[1]
    assert f"{MAX_CONTENT_BYTES}" in re.search('data-bytes="([0-9]*)"', html)[1]


def test_a_reply_is_sent_as_one_and_to_nothing_else(alice, bob, browser, new_person):
    (asked,) = send(bob, alice, "question")
    typed = {"recipient": bob.username, "content": "answer", "key": "k", "reply_to": str(asked.id)}
    assert submit(browser, **typed).status_code == 303
    assert read_inbox(owner=bob).messages[0].reply_to == asked.id
    (foreign,) = send(bob, new_person(), "not hers")
    for reply_to in (foreign.id, "nonsense", "00000000-0000-4000-8000-000000000000"):
        html = page_of(submit(browser, **{**typed, "key": f"k{reply_to}", "reply_to": str(reply_to)}))
        assert "The message to reply to is not in this conversation." in html
    assert contents(alice) == ["answer", "question"]


def test_the_form_that_conversations_have_is_not_filled_in_again_by_browsers():
    assert 'autocomplete="off"' in str(MessageForm()["content"])
    assert "maxlength" not in str(MessageForm()["content"])


def test_sending_counts_against_its_own_limit_and_the_text_is_kept(bob, browser, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "send": (1, 60)}
    assert submit(browser, recipient=bob.username, content="one", key="1").status_code == 303
    html = page_of(submit(browser, recipient=bob.username, content="two & more", key="2"), status=429)
    assert "two &amp; more</textarea>" in html
    assert contents(bob) == ["one"]
    assert browser.get("/new?key=k").status_code == 200


def test_looking_at_the_form_costs_a_query_and_a_request(browser, cql_requests, django_assert_num_queries):
    browser.get("/new?key=k")
    cql_requests.clear()
    with django_assert_num_queries(1):
        page_of(browser.get("/new?key=k"))
    assert cql_requests == ["conversations"]


def test_an_outage_keeps_the_text_and_the_key_so_that_sending_again_settles_it(bob, browser, monkeypatch):
    append = writing.append

    def written_and_not_heard_of(message):
        append(message)
        raise StorageUnavailable

    monkeypatch.setattr(writing, "append", written_and_not_heard_of)
    response = submit(browser, recipient=bob.username, content="two\r\nlines", key="k")
    html = page_of(response, status=503)
    assert response["Retry-After"] == "5"
    assert "Messages can&#x27;t be reached for a moment." in html
    form = fields(html)
    assert form == {"recipient": bob.username, "content": "two\r\nlines", "key": "k", "reply_to": ""}
    monkeypatch.setattr(writing, "append", append)
    assert submit(browser, **form).status_code == 303
    assert contents(bob) == ["two\nlines"]


def test_the_form_comes_without_suggestions_while_messages_cannot_be_reached(browser, monkeypatch):
    def away(owner_id):
        raise StorageUnavailable

    monkeypatch.setattr(store, "read_all", away)
    assert fields(page_of(browser.get("/new?key=k")))["key"] == "k"
