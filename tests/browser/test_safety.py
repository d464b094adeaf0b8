"""What pages may load, which cookies they set, and what is left when somebody is out."""

import re

import httpx
import pytest

from tests.browser.deployed import deployed_server
from tests.browser.pages import document_of, go
from tests.browser.people import sign_in
from tests.contract.talking import newcomer
from tests.server import manage

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
PAGES = {
    **EVERYWHERE,
    "content-security-policy": POLICY,
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The service as it is deployed."""
    with deployed_server(tmp_path_factory.mktemp("deployed")) as server:
        yield server


@pytest.fixture
def person(deployed):
    with deployed.client() as client:
        yield newcomer(client)


@pytest.mark.promise(6)
def test_answers_say_what_may_be_done_with_them(deployed):
    for path in ("/", "/login", "/nothing-here"):
        headers = httpx.get(deployed.url + path).headers
        assert {name: headers.get(name) for name in PAGES} == PAGES, path
    headers = httpx.get(f"{deployed.url}/admin/login/").headers
    assert {name: headers.get(name) for name in PAGES} == PAGES
    found = re.search(r'href="(/static/chat/chat\.[0-9a-f]+\.css)"', httpx.get(deployed.url).text)
    headers = httpx.get(deployed.url + found[1]).headers
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert headers["cache-control"] == "max-age=315360000, public, immutable"
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.promise(6)
def test_cookies_are_safe(browser_page, deployed, person):
    page = browser_page(javascript=False, origin=deployed.url)
    sign_in(page, person)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies.keys() == {"csrftoken", "sessionid"}
    for cookie in cookies.values():
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    go(page.get_by_role("button", name="Log out"))
    assert "sessionid" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.promise(6)
@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_is_left_after_logging_out(browser_page, deployed, person, javascript):
    with deployed.client() as client:
        other = newcomer(client)
        assert other.send(person.username, "a private text").status_code == 201
        assert person.send(other.username, "another private text").status_code == 201
    page = browser_page(javascript=javascript, origin=deployed.url)
    sign_in(page, person)
    for path in ("/inbox", f"/with/{other.username}", "/inbox/all"):
        page.goto(path)
        assert "private text" in page.inner_text("main")
        assert document_of(page).headers["cache-control"] == "no-store"
    with page.expect_response("**/logout") as answered:
        page.get_by_role("button", name="Log out").click()
    assert answered.value.all_headers()["clear-site-data"] == '"cache", "storage"'
    page.wait_for_url(f"{deployed.url}/")
    for _ in range(4):
        page.go_back()
        assert "private text" not in page.content()
        assert page.get_by_label("Password").count() == 1, page.url


@pytest.mark.promise(6)
def test_the_admin_as_it_is_deployed_has_the_policy_of_all_pages_its_style_sheet_and_no_script(browser_page, deployed):
    """Violations are troubles, and fail the test."""
    environment = {**deployed.environment, "DJANGO_SUPERUSER_PASSWORD": "correct horse battery"}
    manage(environment, "createsuperuser", "--noinput", "--username=operator")
    page = browser_page(origin=deployed.url)
    page.goto("/admin/login/?next=/admin/")
    page.locator("[name=username]").fill("operator")
    page.locator("[name=password]").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="People").first.wait_for()
    for path in ("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/password_change/"):
        page.goto(path)
        assert (document_of(page).status, document_of(page).headers["content-security-policy"]) == (200, POLICY)
        assert page.locator("script").count() == 0
        assert "/static/chat/admin." in page.locator("link[rel=stylesheet]").last.get_attribute("href")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies.keys() == {"csrftoken", "admin_session"}
    for cookie in cookies.values():
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
