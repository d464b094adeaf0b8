"""People who came by HTTP; nothing here knows what is behind the server."""

from collections.abc import Iterator

import httpx
import pytest

from tests import conftest
from tests.chatsystem.api.reference import check_answer
from tests.conftest import PASSWORD, new_name
from tests.contract.talking import Enter, Person
from tests.server import Server, wait_until_settled


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that nobody has logged in."""
    with server.client() as client:
        client.event_hooks["response"].append(check_answer)  # whatever tests look at, answers are as the reference says
        yield client


@pytest.fixture(params=["server", "postgres_server"], ids=["SQLite", "PostgreSQL"])
def over(request: pytest.FixtureRequest) -> Server:
    """The real server over each of the databases that people may be kept in."""
    server: Server = request.getfixturevalue(request.param)
    if conftest.disturbed:  # a part was away
        wait_until_settled(server)
    return server


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
