"""People who came by HTTP; nothing here knows what is behind the server."""

from collections.abc import Iterator

import httpx
import pytest

from tests import outages
from tests.chatsystem.api.reference import check_answer
from tests.contract.talking import Enter, Person, newcomer
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
    if outages.disturbed:  # a part was away
        wait_until_settled(server)
    return server


@pytest.fixture(scope="session")
def enter(api: httpx.Client) -> Enter:
    """A maker of people who have registered and logged in."""
    return lambda: newcomer(api)


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
