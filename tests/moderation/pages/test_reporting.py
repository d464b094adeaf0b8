"""The forms by which people report, as a browser without scripts sees them."""

import re
from uuid import UUID, uuid1

import pytest
from django.db import OperationalError

from accounts.models import Session
from accounts.services.blocks import block, list_blocks
from accounts.services.profile import change_profile
from accounts.services.sessions import end_sessions
from chatsystem.errors import StorageUnavailable
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.finding import get_conversation
from messaging.services.reading import position_of
from messaging.store import session as cassandra
from moderation.models import Case, Report
from moderation.pages.words import CATEGORIES
from moderation.services.reports import list_reports
from tests.chatsystem.rate_limits.making import ALL
from tests.factories import PASSWORD, new_name
from tests.forms import control, hidden_fields, send, text_of
from tests.messaging.pages.reading import browser_of, page_of, texts
from tests.moderation.making import conversation, evidence_of, report, report_of, spam

FORM = {"category": "harassment", "words": "Again\r\nand again.\r\n"}


@pytest.fixture
def sent(alice, bob):
    """What Alice wrote to Bob."""
    return spam(alice, bob)


@pytest.fixture
def browser(bob):
    """Bob's."""
    return browser_of(bob)


def of_message(message):
    return f"/message/{message.id}/report"


def of_person(person):
    return f"/report/{person.username}"


def kept():
    return Case.objects.count(), Report.objects.count()


def notices(html):
    """What is said above a page, each with where its links lead."""
    found = re.findall(r'<div class="notice" role="status"><p>(.*?)</p></div>', html)
    return [(re.sub("<[^>]*>", "", one), re.findall('href="([^"]*)"', one)) for one in found]


# Of a message


def test_a_message_is_reported_from_the_page_of_what_can_be_done_with_it(alice, bob, browser, sent):
    actions = f"/message/{sent.id}/actions"
    assert f'href="{of_message(sent)}">Report</a>' in page_of(browser.get(actions))
    html = page_of(browser.get(of_message(sent)))
    assert texts(html) == ["Buy!"]
    answered = browser.post(of_message(sent), FORM)
    assert (answered.status_code, answered["Location"]) == (303, actions)
    assert answered["Cache-Control"] == "no-store"
    (told,) = list_reports(reporter=bob).reports
    assert (told.message_id, told.username, told.category, told.words) == (
        sent.id, alice.username, "harassment", "Again\nand again.",
    )  # fmt: skip
    assert notices(page_of(browser.get(actions))) == [
        (
            f"Thank you. Moderators will look at what you reported. See what becomes of it Block {alice.username}, too",
            [f"/settings/reports/{told.id}", f"/settings/blocked?username={alice.username}"],
        )
    ]
    assert list_blocks(person=bob) == []


def test_the_form_says_who_will_read_what(alice, browser, sent):
    html = page_of(browser.get(of_message(sent)))
    assert "will read this message, up to 5 before it and 5 after it, and what you write here." in html
    assert "until 365 days after their decision" in html
    assert f"<bdi>{alice.username}</bdi> isn't told who reported it." in text_of(browser.get(of_message(sent)))
    assert re.findall(r'type="radio" name="category" value="(\w+)"', html) == list(Report.Category.values)
    assert "checked" not in html
    assert "maxlength" not in control(browser.get(of_message(sent)), "words")


def test_whoever_is_blocked_already_is_not_offered_to_be_blocked(alice, bob, browser, sent):
    block(person=bob, username=alice.username)
    answered = browser.post(of_message(sent), FORM)
    ((said, links),) = notices(page_of(browser.get(answered["Location"])))
    assert said == "Thank you. Moderators will look at what you reported. See what becomes of it"
    assert len(links) == 1


def test_ones_own_message_can_not_be_reported(alice, sent):
    browser = browser_of(alice)
    assert ">Report</a>" not in page_of(browser.get(f"/message/{sent.id}/actions"))
    for answered in (browser.get(of_message(sent)), browser.post(of_message(sent), FORM)):
        html = page_of(answered, 400)
        assert "<h1>This can&#x27;t be reported</h1>" in html
        assert "You can&#x27;t report yourself, nor what you wrote." in html
    assert kept() == (0, 0)


def test_a_strangers_message_reads_like_an_unknown_and_a_removed_one(bob, new_person, sent):
    stranger = new_person()
    removed = spam(bob, stranger)
    remove_message(owner=stranger, message_id=removed.id)
    browser = browser_of(stranger)
    ids = (sent.id, removed.id, uuid1(), UUID(int=0))
    for ask in (browser.get, lambda path: browser.post(path, FORM)):
        pages = {page_of(ask(f"/message/{one}/report"), 404).replace(str(one), "") for one in ids}
        assert len({re.sub("Request [0-9a-f]+", "", html) for html in pages}) == 1
    assert kept() == (0, 0)


def test_what_its_author_deleted_can_be_reported_still(alice, bob, browser, sent):
    delete_for_everyone(author=alice, message_id=sent.id)
    assert ">Report</a>" in page_of(browser.get(f"/message/{sent.id}/actions"))
    assert browser.post(of_message(sent), FORM).status_code == 303
    assert len(list_reports(reporter=bob).reports) == 1


def test_reporting_a_message_again_leads_to_the_first_report_which_stays(bob, browser, sent):
    first = report(bob, sent, "spam", "first")
    remove_message(owner=bob, message_id=sent.id)
    for ask in (browser.get, lambda path: browser.post(path, FORM)):
        answered = ask(of_message(sent))
        assert (answered.status_code, answered["Location"]) == (303, f"/settings/reports/{first.id}")
        html = page_of(browser.get(answered["Location"]))
        assert notices(html) == [("You have reported this already. This is your report.", [])]
        assert ">first</dd>" in html
    assert list_reports(reporter=bob).reports == [first]


# Of a person


def test_a_person_is_reported_from_the_conversation_with_them(alice, bob, browser):
    conversation(alice, bob, 3)
    page = browser.get(f"/with/{alice.username}", follow=True)
    assert f'href="{of_person(alice)}">Report or block</a>' in page_of(page)
    html = page_of(browser.get(of_person(alice)))
    assert f'<a href="/settings/blocked?username={alice.username}">Block <bdi>{alice.username}</bdi></a>' in html
    assert "will read up to 10 of the newest messages between you and" in html
    assert "until 365 days after their decision" in html
    read = position_of(get_conversation(owner=bob, username=alice.username)).encode()
    answered = browser.post(of_person(alice), FORM)
    # Where the notice is, and not where reading goes on.
    assert (answered.status_code, answered["Location"]) == (303, f"/with/{alice.username}?unread={read}#main")
    (told,) = list_reports(reporter=bob).reports
    assert (told.message_id, told.username, told.category, told.words) == (
        None, alice.username, "harassment", "Again\nand again.",
    )  # fmt: skip
    assert evidence_of(told) == [(-3, "number 0"), (-2, "number 1"), (-1, "number 2")]
    (notice,) = notices(page_of(browser.get(answered["Location"])))
    assert notice[1] == [f"/settings/reports/{told.id}", f"/settings/blocked?username={alice.username}"]


def test_somebody_with_whom_there_is_no_conversation_can_be_reported(alice, bob, browser):
    answered = browser.post(f"/report/{alice.username.upper()}", FORM)
    assert (answered.status_code, answered["Location"]) == (303, "/inbox")
    assert [told.username for told in list_reports(reporter=bob).reports] == [alice.username]


def test_nobody_reports_themselves_or_nobody(bob, browser):
    spam(bob, bob)
    assert "Report or block" not in page_of(browser.get(f"/with/{bob.username}", follow=True))
    for ask in (browser.get, lambda path: browser.post(path, FORM)):
        assert "You can&#x27;t report yourself, nor what you wrote." in page_of(ask(of_person(bob)), 400)
        assert "Nobody has this name." in page_of(ask(f"/report/{new_name()}"), 404)
    assert kept() == (0, 0)


@pytest.mark.sql
def test_reporting_a_person_again_leads_to_the_first_report_until_it_is_decided(alice, bob, browser):
    first = report_of(bob, alice)
    for answered in (browser.get(of_person(alice)), browser.post(of_person(alice), FORM)):
        assert (answered.status_code, answered["Location"]) == (303, f"/settings/reports/{first.id}")
    assert kept() == (1, 1)
    Case.objects.update(state="rejected", decision="nothing")
    assert browser.post(of_person(alice), FORM).status_code == 303
    assert kept() == (2, 2)


def test_a_report_that_somebody_else_made_leads_nobody_anywhere(alice, browser, new_person):
    report_of(new_person(), alice)
    assert page_of(browser.get(of_person(alice)))
    assert browser.post(of_person(alice), FORM)["Location"] == "/inbox"
    assert kept() == (1, 2)


# What changes meanwhile

CHANGED = (
    "This was changed or deleted after you opened the page, so nothing is reported yet. It is shown as it is now:"
    " say in your own words what you saw, and report it again."
)


@pytest.fixture(params=["message", "person"])
def path(request, alice, sent):
    return of_message(sent) if request.param == "message" else of_person(alice)


def change(sent, author, content):
    """Edit a message, or delete it for everyone where nothing is to stand there."""
    if content:
        edit_message(author=author, message_id=sent.id, content=content)
    else:
        delete_for_everyone(author=author, message_id=sent.id)


@pytest.mark.parametrize(("content", "shown"), [("Hello!", "Hello!"), ("", "This message was deleted.")])
def test_what_changed_since_it_was_shown_is_shown_again_and_not_reported(
    alice, bob, browser, sent, path, content, shown
):
    opened = browser.get(path)
    assert texts(page_of(opened)) == ["Buy!"]
    change(sent, alice, content)
    again = send(browser, opened, path, **FORM)
    html = page_of(again)
    assert text_of(again).count(CHANGED) == 1
    assert [re.sub("<[^>]*>", "", one) for one in texts(html)] == [shown]
    assert "Again\r\nand again.\r\n</textarea>" in html
    assert re.search(r'value="harassment"[^>]* checked', html)
    assert kept() == (0, 0)
    assert send(browser, again, path, **{**FORM, "words": "It said Buy!"}).status_code == 303
    (told,) = list_reports(reporter=bob).reports
    assert told.words == "It said Buy!"
    assert [text for _, text in evidence_of(told)] == [content]


def test_what_changed_is_told_after_another_fault_and_a_log_in_too(alice, bob, browser, sent, path):
    opened = browser.get(path)
    change(sent, alice, "Hello!")
    faulty = send(browser, opened, path, words="Again")
    assert faulty.context["form"].errors.keys() == {"category"}
    end_sessions(person=bob, reason=Session.End.ENDED)
    refused = send(browser, faulty, path, **FORM)
    back = send(browser, refused, "/login", username=bob.username, password=PASSWORD)
    assert back["Location"] == path
    page = browser.get(path)
    assert hidden_fields(page)["seen"] == hidden_fields(opened)["seen"]
    assert CHANGED in text_of(send(browser, page, path, **FORM))
    assert kept() == (0, 0)


def test_what_is_as_it_was_shown_is_reported_whatever_came_since(alice, bob, browser, sent, path):
    opened = browser.get(path)
    assert len(hidden_fields(opened)["seen"]) == 22 + 1 + 64
    spam(alice, bob, "Hello!")
    assert send(browser, opened, path, **FORM).status_code == 303
    (told,) = list_reports(reporter=bob).reports
    assert evidence_of(told) == [(0, "Buy!"), (1, "Hello!")] if told.message_id else [(-1, "Buy!")]


def test_of_a_person_the_messages_that_are_kept_are_on_the_page(alice, bob, browser):
    assert "<details" not in page_of(browser.get(of_person(alice)))
    conversation(alice, bob, 12)
    html = page_of(browser.get(of_person(alice)))
    assert "<details>\n<summary>The messages that are kept</summary>" in html
    assert texts(html) == [f"number {number}" for number in range(2, 12)]


# What is refused


@pytest.mark.parametrize(
    ("fields", "field", "fault"),
    [
        ({}, "category", "Choose what is wrong."),
        ({"words": "ß" * 1_001}, "words", "This can have 1,000 characters at most."),
        ({"words": "a\x00b"}, "words", "Null characters are not allowed."),
        ({"words": "a\x07b"}, "words", "This can't have control characters other than tab and line ends."),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_nothing_is_stored(browser, path, fields, field, fault):
    response = browser.post(path, {**FORM, **fields} if fields else {"words": FORM["words"]})
    html = page_of(response)
    assert response.context["form"].errors == {field: [fault]}
    assert text_of(response).count(fault) == 2
    place = "id_category_0" if field == "category" else "id_words"
    assert f'<a href="#{place}">' in html
    assert re.findall(r'id="([^"]*)"[^>]* autofocus', html) + re.findall(r'autofocus[^>]* id="([^"]*)"', html) == [
        place
    ]
    assert fields.get("words", "Again\r\nand again.").replace("\x00", "") in html.replace("\x00", "")
    assert kept() == (0, 0)


def test_a_category_that_there_is_not_is_refused(browser, path):
    response = browser.post(path, {"category": "boredom"})
    assert list(response.context["form"].errors) == ["category"]
    assert kept() == (0, 0)


def test_words_as_long_as_can_be_are_taken_with_a_browsers_line_ends(bob, browser, path):
    assert browser.post(path, {"category": "other", "words": "ß\r\n" * 499 + "ss"}).status_code == 303
    (told,) = list_reports(reporter=bob).reports
    assert told.words == "ß\n" * 499 + "ss"


def test_an_outage_of_messages_keeps_the_form_and_stores_nothing(browser, path, monkeypatch):
    def fail(*_, **__):
        raise StorageUnavailable

    monkeypatch.setattr(cassandra.Statement, "start", fail)
    monkeypatch.setattr(cassandra.Statement, "run", fail)
    response = browser.post(path, FORM)
    html = page_of(response, 503)
    assert response["Retry-After"] == "5"
    assert "Messages can&#x27;t be reached for a moment. Please try again." in html
    assert "Again\r\nand again.\r\n</textarea>" in html
    assert re.search(r'value="harassment"[^>]* checked', html)
    assert kept() == (0, 0)


def test_an_outage_of_sql_shows_what_was_written(browser, path, monkeypatch):
    def fail(*_, **__):
        raise OperationalError

    monkeypatch.setattr(Report.objects, "filter", fail)
    browser.raise_request_exception = False
    html = page_of(browser.post(path, FORM), 503)
    assert re.search(r"<textarea id=\"kept\"[^>]*>\nAgain\r?\nand again.", html)


def test_a_session_that_ended_keeps_what_was_typed(bob, browser, path):
    end_sessions(person=bob, reason=Session.End.ENDED)
    response = browser.post(path, FORM)
    assert response.status_code == 403
    assert hidden_fields(response) == {
        "next": path, "draft-category": "harassment", "draft-words": "Again\nand again.\n",
    } | {name: value for name, value in hidden_fields(response).items() if name == "csrfmiddlewaretoken"}  # fmt: skip
    assert kept() == (0, 0)


def test_a_form_of_another_site_is_refused_and_shows_what_was_written(bob, path):
    browser = browser_of(bob)
    browser.handler.enforce_csrf_checks = True
    html = page_of(browser.post(path, FORM), 403)
    assert "<h1>This form is out of date</h1>" in html
    assert "Again" in html
    assert kept() == (0, 0)


def test_too_many_reports_are_refused_and_show_what_was_written(bob, browser, path, new_person, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "report": (1, 3_600)}
    browser.post(of_message(spam(new_person(), bob)), FORM)
    response = browser.post(path, FORM)
    html = page_of(response, 429)
    assert "Too many reports. Try again in 60 minutes." in html
    assert "Again\r\nand again.\r\n</textarea>" in html
    assert kept() == (1, 1)


def test_reports_are_asked_for_in_german(bob, browser, path):
    change_profile(person=bob, language="de")
    html = page_of(browser.get(path))
    assert '<html lang="de"' in html
    assert "Was ist nicht in Ordnung?" in html
    page = page_of(browser.post(path, {"words": "ß" * 1_001}))
    assert "Das darf höchstens 1.000 Zeichen haben." not in page  # the category is asked for first
    assert "Wähle aus, was nicht in Ordnung ist." in page
    page = page_of(browser.post(path, {"category": "spam", "words": "ß" * 1_001}))
    assert page.count("Das darf höchstens 1.000 Zeichen haben.") == 2


def test_every_category_of_the_service_has_words():
    assert list(CATEGORIES) == list(Report.Category.values)


def test_what_asking_and_reporting_cost(alice, bob, browser, sent, django_assert_num_queries, cql_requests):
    browser.get("/keyboard")  # who it is, is known from now on
    cql_requests.clear()
    with django_assert_num_queries(2):  # the browser's session, and a first report
        browser.get(of_message(sent))
    assert cql_requests == ["find_message"] * 2  # once to know whether it may be reported, once to show it
    cql_requests.clear()
    with django_assert_num_queries(3):  # and the person
        browser.get(of_person(alice))
    assert sorted(cql_requests) == ["buckets_down", "newest"]
    cql_requests.clear()
    browser.post(of_message(sent), FORM)
    assert sorted(cql_requests) == ["at_or_older", "buckets_down", "buckets_up", "find_message", "newer"]
