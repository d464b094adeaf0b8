"""What goes wrong behind a test's back comes to light at its end."""

import pytest

from tests.browser.troubles import Trouble, Troubles

STYLE = '<link rel="stylesheet" href="/style.css">'


def opened(page, site, main="", head="", **files):
    for name, script in files.items():
        site.add(f"/{name}.js", script, kind="text/javascript")
        head += f'<script type="module" src="/{name}.js"></script>'
    site.page(main, head=head)
    page.goto("/", wait_until="networkidle")


def test_a_good_page_has_none(site_page, site, troubles):
    opened(site_page(), site, script="document.title = 'Better'")
    assert troubles.take() == []


@pytest.mark.parametrize("javascript", [True, False])
def test_an_inline_style_violates_the_policy(site_page, site, troubles, javascript):
    opened(site_page(javascript=javascript), site, '<p style="color: red">red</p>')
    [trouble] = troubles.take()
    assert trouble.startswith(f"CSP violation on {site.url}/: Applying inline style violates")


def test_an_inline_script_violates_the_policy(site_page, site, troubles):
    opened(site_page(), site, "<script>document.title = 'Worse'</script>")
    [trouble] = troubles.take()
    assert trouble.startswith(f"CSP violation on {site.url}/: Executing inline script violates")


SCRIPTS = {
    "nobody.knows()": "uncaught error on {}/: nobody is not defined",
    "Promise.reject(new Error('refused'))": "uncaught error on {}/: refused",
    "console.error('odd')": "error in the console of {}/: odd",
    "fetch('/missing')": "request failed: {}/missing (404)",
}


def test_a_script_in_trouble_is_told(site_page, site, troubles):
    page = site_page()
    for script, trouble in SCRIPTS.items():
        opened(page, site, script=script)
        assert troubles.take() == [trouble.format(site.url)]


def test_a_missing_file_is_told(site_page, site, troubles):
    opened(site_page(), site, head=STYLE)
    assert troubles.take() == [f"request failed: {site.url}/style.css (404)"]


def test_a_page_that_is_missing_itself_is_for_the_test_to_say(site_page, troubles):
    assert site_page().goto("/").status == 404
    assert troubles.take() == []


def test_a_request_to_another_origin_is_told_and_goes_nowhere(site_page, site, troubles):
    site.add("/", f'<!doctype html><title>a</title><img alt="" src="{site.url.replace("127.0.0.1", "example.org")}/a">')
    site_page().goto("/")
    elsewhere = site.url.replace("127.0.0.1", "example.org")
    assert troubles.take() == [
        f"request to another origin: {elsewhere}/a",
        f"request failed: {elsewhere}/a (net::ERR_NAME_NOT_RESOLVED)",
    ]


def test_leaving_a_page_that_still_loads_is_no_trouble(site_page, site, troubles):
    site.page(path="/next")
    page = site_page()
    site.add("/script.js", "setInterval(() => fetch('/next'), 1)", kind="text/javascript")
    site.page(head='<script src="/script.js"></script>')
    page.goto("/")
    page.goto("/next")
    assert troubles.take() == []


def test_what_is_expected_is_no_trouble_but_must_come(site_page, site, troubles):
    troubles.expect(r"style\.css \(404\)")
    troubles.expect("never")
    opened(site_page(), site, head=STYLE)
    assert troubles.take() == ["expected, but didn't come: never"]


def test_a_check_names_all():
    troubles = Troubles()
    troubles.expect("one")
    troubles.expect("two")
    with pytest.raises(Trouble, match=r"didn't come: one\n.*didn't come: two"):
        troubles.check()
    troubles.check()


@pytest.mark.xfail(raises=Trouble, reason="its page has troubles that it doesn't take")
def test_a_test_with_troubles_fails_at_its_end(site_page, site):
    opened(site_page(), site, head=STYLE)
