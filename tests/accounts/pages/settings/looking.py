"""What tests of settings look at."""

from tests.forms import text_of


def saved(browser, path, fields, *, to=None):
    """Send a form that is accepted; return the page that comes next, which says so."""
    answered = browser.post(path, fields)
    assert (answered.status_code, answered["Location"]) == (303, to or path)
    assert answered["Cache-Control"] == "no-store"
    page = browser.get(answered["Location"])
    assert page.status_code == 200
    return text_of(page)


def refused(browser, path, fields):
    """Send a form that is refused; return its errors."""
    response = browser.post(path, fields)
    assert response.status_code == 200
    page = text_of(response)
    form = response.context["form"]
    for errors in form.errors.values():
        for error in errors:
            assert (
                page.count(error) >= 2
            )  # above the form and beside the field; a rule stands there before it is broken
    assert page.count(" autofocus") == 1
    return form.errors
