"""People who came by HTTP; nothing here knows what is behind the server."""

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import PASSWORD, new_name
from tests.contract.talking import Enter, Person
from tests.server import Server


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that nobody has logged in."""
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def enter(api: httpx.Client) -> Enter:
    """A maker of people who have registered and logged in."""

    def make() -> Person:
        credentials = {"username": new_name(), "password": PASSWORD}
        registered = api.post("auth/register", json=credentials)
        logged_in = api.post("auth/login", json=credentials).json()
        return Person(registered.json()["id"], credentials["username"], logged_in["token"], api)

    return make


@pytest.fixture(scope="session")
def anybody(enter: Enter) -> Person:
    """Somebody for tests that leave nothing behind: two requests fewer for each."""
    return enter()


@pytest.fixture
def alice(enter: Enter) -> Person:
    return enter()


@pytest.fixture
def bob(enter: Enter) -> Person:
    return enter()
