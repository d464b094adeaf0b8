"""What people meet in the pages where operators have switched something, or keep them out."""

import pytest

from tests.browser.pages import document_of, go
from tests.browser.people import sign_in
from tests.browser.sound import WIDTHS, assert_sound
from tests.contract.talking import newcomer
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.server import manage, running_server

CLOSED = "New accounts can't be made here at the moment."
READ_ONLY = "Nothing can be sent or changed here at the moment. Please try again later."
BACK = {"notice": "", "registration": "open", "read-only": "off"}
TRIES = 150  # of a tenth of a second and more: a process believes for 5 s what it knows


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A server of its own, with one process: what it knows, all of it knows."""
    with running_server(tmp_path_factory.mktemp("switched"), WEB_CONCURRENCY="1") as server:
        yield server


@pytest.fixture
def people(service):
    """Two, of whom the first has written to the second."""
    with service.client() as client:
        # What the test before had switched is believed for five seconds more.
        new = {"username": new_name(), "password": PASSWORD}
        wait_until(lambda: client.post("auth/register", json=new).status_code == 201)
        one, other = newcomer(client), newcomer(client)
        assert one.send(other.username, "hello").status_code == 201
        yield one, other


@pytest.fixture
def page(browser_page, service):
    return browser_page(javascript=False, origin=service.url)


@pytest.fixture
def switch(service, page):
    """Switches something, and returns once pages show it; it's as before at the end."""
    switched = []

    def change(what, state, *more, shows):
        switched.append(what)
        manage(service.environment, "switch", what, state, *more, "--reason", "A test.")
        for _ in range(TRIES):
            page.goto("/")
            if shows(page.inner_text("body")):
                return
            page.wait_for_timeout(100)
        pytest.fail(f"{what} is never {state}")

    yield change
    for what in set(switched):
        manage(service.environment, "switch", what, BACK[what], "--reason", "A test.")


@pytest.mark.parametrize(("level", "role"), [("info", "status"), ("warning", "alert")])
def test_a_notice_stands_on_every_page(page, people, switch, level, role):
    # Another text for each: the one before may be shown for five seconds more.
    text = f"On Sunday <b>from 8 to 9</b> the service is away: {level}."
    switch("notice", text, "--level", level, shows=lambda body: text in body)
    for path in ("/", "/login", "/register", "/keyboard"):
        page.goto(path)
        assert page.get_by_role(role).inner_text() == text
        assert_sound(page, widths=WIDTHS if path == "/" else [320])  # it stands in the frame, which all pages share
    sign_in(page, people[1])
    for path in ("/inbox", f"/with/{people[0].username}", "/new", "/search", "/settings", "/settings/reports"):
        page.goto(path)
        assert page.locator(".notice").inner_text() == text
    assert_sound(page)


def test_where_registration_is_closed_pages_say_so_and_lead_nobody_to_it(page, switch):
    switch("registration", "closed", shows=lambda body: CLOSED in body)
    assert_sound(page)
    assert page.get_by_role("link", name="Register").count() == 0
    go(page.get_by_role("navigation", name="Main").get_by_role("link", name="Log in"))
    assert page.get_by_text(CLOSED).is_visible()
    assert page.get_by_role("link", name="Register").count() == 0
    assert_sound(page)
    page.goto("/register")
    assert (document_of(page).status, page.inner_text("h1")) == (403, "Registration is closed")
    assert page.get_by_text(CLOSED).is_visible()
    assert_sound(page)


def test_while_nothing_can_be_changed_forms_say_so_and_keep_what_was_typed(page, people, service, switch):
    one, other = people
    message = other.send(one.username, "an answer").json()["id"]
    marker = "Reading goes on."
    manage(service.environment, "switch", "read-only", "on", "--reason", "A test.")
    switch("notice", marker, shows=lambda body: marker in body)  # known together
    page.goto("/register")
    page.get_by_label("Username").fill("somebody-new")
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Register"))
    assert_refused(page)
    assert page.get_by_label("Username").input_value() == "somebody-new"

    sign_in(page, other)
    page.goto(f"/with/{one.username}")
    assert page.locator(".message .text").all_inner_texts() == ["hello", "an answer"]
    for path in (f"/with/{one.username}", f"/new?to={one.username}", f"/message/{message}/edit"):
        page.goto(path)
        page.get_by_role("textbox", name="Message").fill("Not lost.")
        go(page.get_by_role("button", name="Save" if "edit" in path else "Send"))
        assert_refused(page)
        assert page.get_by_role("textbox", name="Message").input_value() == "Not lost."
    for change in ("delete", "remove"):
        page.goto(f"/message/{message}/{change}")
        go(page.locator("main form button"))
        assert_refused(page)
    manage(service.environment, "switch", "read-only", "off", "--reason", "A test.")
    assert [each["content"] for each in other.history()["messages"]] == ["an answer", "hello"]


def assert_refused(page):
    """Fail where this isn't a sound page that says why nothing was changed."""
    answer = document_of(page)
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert READ_ONLY in page.get_by_role("alert").inner_text()
    assert_sound(page, widths=[320])


def test_who_is_suspended_reads_until_when_and_why(page, people, service):
    name = people[0].username
    manage(
        service.environment, "person", "suspend", name, "--until", "2099-12-24T18:00Z", "--reason", "Advertising <b>."
    )
    page.goto("/login")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Log in"))
    assert (document_of(page).status, page.inner_text("h1")) == (403, "You can't log in at the moment")
    assert "This account is suspended until 2099-12-24 18:00 UTC. Advertising <b>." in page.inner_text("main")
    assert_sound(page)
