"""The operators' way in."""

from tests.browser.people import sign_in
from tests.conftest import PASSWORD, new_name
from tests.contract.talking import Person
from tests.server import manage


def test_an_operator_signs_in(page, server, api):
    operator = Person("", new_name(), "", api)
    manage(
        {**server.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        "createsuperuser",
        "--noinput",
        f"--username={operator.username}",
    )
    sign_in(page, operator, path="/admin/login/?next=/admin/")
    assert page.title().startswith("Site administration")
