"""Pages that say that something went wrong."""

import pytest

from tests.browser.pages import document_of, go
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import newcomer
from tests.server import running_server, wait_until_settled

TOO_MUCH = "x" * 300_000


def assert_error(page, status, title):
    """Fail where this isn't a sound page of ours that says so, with the request's id and a way on."""
    answer = document_of(page)
    assert (answer.status, page.inner_text("h1"), page.title()) == (status, title, f"{title} · Chat")
    assert f"Request {answer.headers['x-request-id']}" in page.inner_text("main")
    assert page.locator("main").get_by_role("link", name="start page").get_attribute("href") == "/"
    assert page.locator("header .brand").is_visible()
    assert_sound(page)
    return answer


@pytest.mark.promise(1, 2, 3, 26)
@pytest.mark.parametrize("javascript", [True, False])
def test_an_unknown_address_is_a_sound_404(browser_page, javascript):
    page = browser_page(javascript=javascript)
    page.goto("/nothing-here")
    assert_error(page, 404, "Not found")
    go(page.get_by_role("link", name="start page"))
    assert page.url.endswith("/")


@pytest.mark.promise(26)
def test_what_cannot_be_answered_is_a_400(browser_page):
    page = browser_page(javascript=False)
    page.goto("/email/confirm/nothing")
    assert_error(page, 400, "This link doesn't work any more")


@pytest.mark.promise(26)
def test_an_address_that_takes_only_forms_is_a_405(browser_page):
    page = browser_page(javascript=False)
    page.goto("/logout")
    assert assert_error(page, 405, "This doesn't work here").headers["allow"] == "POST"


@pytest.mark.promise(26)
def test_a_form_without_its_token_is_a_403(browser_page):
    page = browser_page(javascript=False)
    page.goto("/login")
    page.context.clear_cookies()
    page.get_by_label("Username").fill("amy")
    page.get_by_label("Password").fill("x")
    go(page.get_by_role("button", name="Log in"))
    assert_error(page, 403, "This form is out of date")


@pytest.mark.promise(26)
def test_too_large_a_form_is_a_413(browser_page):
    page = browser_page(javascript=False)
    page.goto("/login")
    page.get_by_label("Username").fill(TOO_MUCH)
    page.get_by_label("Password").fill("x")
    go(page.get_by_role("button", name="Log in"))
    assert_error(page, 413, "This is too much at once")


@pytest.mark.promise(24, 26)
def test_too_many_tries_are_a_429_that_says_how_long_to_wait(browser_page, tmp_path):
    with running_server(tmp_path, RATE_LIMITS="yes", RATE_LIMIT_LOGIN="1/900") as server:
        page = browser_page(javascript=False, origin=server.url)
        for _ in range(2):
            page.goto("/login")
            page.get_by_label("Username").fill("amy")
            page.get_by_label("Password").fill("a wrong password")
            go(page.get_by_role("button", name="Log in"))
        answer = assert_error(page, 429, "Please wait a little")
        said = "Too many tries to log in with this name. Try again in 15 minutes."
        assert said in page.inner_text("main")
        assert 800 < int(answer.headers["retry-after"]) <= 900


BUG = "{% url 'nowhere' %}"


@pytest.mark.promise(26)
def test_a_bug_is_a_500(browser_page, tmp_path):
    """In our layout; and readable still where the layout is what is broken."""
    (tmp_path / "keyboard.html").write_text(BUG)
    overlaid = {"DJANGO_SETTINGS_MODULE": "tests.browser.overlaid", "TEMPLATES_BEFORE": str(tmp_path)}
    with running_server(tmp_path, **overlaid) as server:
        page = browser_page(javascript=False, origin=server.url)
        page.goto("/keyboard")
        assert_error(page, 500, "Something went wrong")
    (tmp_path / "partials").mkdir()
    (tmp_path / "partials" / "bar.html").write_text(BUG)
    with running_server(tmp_path, **overlaid) as server:
        page = browser_page(javascript=False, origin=server.url)
        page.goto("/")
        assert document_of(page).status == 500
        assert document_of(page).headers["x-request-id"] in page.inner_text("main")
        assert_sound(page)


@pytest.mark.promise(26)
def test_without_a_database_of_people_there_is_a_503_and_what_needs_nobody_stands(
    browser_page, postgres, postgres_server, dead
):
    with postgres_server.client() as client:
        person = newcomer(client)
    page = browser_page(javascript=False, origin=postgres_server.url)
    stranger = browser_page(javascript=False, origin=postgres_server.url)
    sign_in(page, person)
    with dead(postgres):
        page.goto("/inbox")
        answer = assert_error(page, 503, "Out of order for a moment")
        assert answer.headers["retry-after"] == "5"
        page.goto("/nothing-here")
        assert document_of(page).status == 404
        for path in ("/", "/login", "/password/forgot"):
            stranger.goto(path)
            assert document_of(stranger).status == 200
        stranger.goto("/login")
        stranger.get_by_label("Username").fill(person.username)
        stranger.get_by_label("Password").fill("a password")
        go(stranger.get_by_role("button", name="Log in"))
        assert document_of(stranger).status == 503
        assert stranger.get_by_label("Username").input_value() == person.username
        assert "Accounts can't be reached for a moment." in stranger.get_by_role("alert").inner_text()
        assert_sound(stranger)
    wait_until_settled(postgres_server)
    page.goto("/inbox")
    assert document_of(page).status == 200
