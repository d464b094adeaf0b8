"""A real ring of three nodes: without one of them all goes on, the loss of two is an outage.

`tests/prove/trials/rings.py` kills nodes under load.
"""

import re

import httpx
import pytest

from tests.deploy.other_parts import run_tests
from tests.deploy.ring import HOSTS, PATIENCE, misses_one, running_ring
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.server import manage, running_server

pytestmark = pytest.mark.timeout(1_500)
# Where marked tests are; of those that run over both kinds of SQL databases, over one.
MARKED = ("tests/messaging", "tests/contract", "-m", "ring", "-k", "not postgresql")
ENOUGH_TESTS = 100  # an empty run would pass too
# Seconds from a node's return, or its loss, to sends that are accepted again. A node counts as lost after 18 times the
# usual gap between its heartbeats (a phi of 8): of 1 s, and of up to 2 s where one has just begun or a machine is busy.
BACK = 90


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    with running_ring(tmp_path_factory.mktemp("ring")) as ring:
        yield ring


@pytest.fixture(scope="module")
def served(ring, tmp_path_factory):
    """The service over the ring, in a keyspace that keeps each row on all three."""
    environment = {**ring.environment, "CASSANDRA_KEYSPACE": "ring"}
    manage(environment, "migrate_cassandra")
    with running_server(tmp_path_factory.mktemp("server"), **environment) as server:
        yield server


def new_person(client):
    credentials = {"username": new_name(), "password": PASSWORD}
    client.post("/auth/register", json=credentials).raise_for_status()
    return credentials["username"], client.post("/auth/login", json=credentials).json()["token"]


def test_with_one_node_dead_the_marked_tests_pass(ring):
    ring.nodes[1].kill()
    # Until then even tables may not be made: what a lost node costs its first seconds is the first test's.
    wait_until(lambda: misses_one(ring.nodes[0]) and misses_one(ring.nodes[2]), seconds=BACK)
    try:
        status, printed = run_tests(ring.environment, *MARKED)
    finally:
        ring.nodes[1].start()
        ring.nodes[1].wait_ready(PATIENCE)
    assert status == 0, printed[:4000] + printed[-4000:]
    assert int(re.search(r"(\d+) passed", printed)[1]) > ENOUGH_TESTS


def test_with_two_nodes_dead_messages_are_away_and_people_are_not(ring, served):
    with served.client() as client:
        name, token = new_person(client)
    with served.client(token) as client:
        message = {"recipient": name, "content": "kept"}
        wait_until(lambda: client.post("/messages/send", json=message).status_code == 201, seconds=BACK)
        for node in ring.nodes[1:]:
            node.kill()
        answers = [client.post("/messages/send", json=message), client.get("/messages/")]
        answers += [client.get("/conversations"), client.get("/messages/search?q=kept")]
        assert [answer.status_code for answer in answers] == [503] * 4
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
        assert client.get("/users/me").status_code == 200
        for node in ring.nodes[1:]:
            node.start()
        for node in ring.nodes[1:]:
            node.wait_ready(PATIENCE)

        def is_back():
            try:
                return client.get("/messages/").json()["messages"][-1]["content"] == "kept"
            except (httpx.TransportError, KeyError):
                return False

        wait_until(is_back, seconds=BACK)


def test_nodes_that_have_joined_start_again_while_the_first_is_away(ring):
    """As `deploy/cassandra/start.sh` has it: each is among its own seeds then, or two would wait for each other."""
    first, *others = ring.nodes
    for node in ring.nodes:
        node.kill()
        node.seeds = HOSTS
    for node in others:
        node.start()
    for node in others:
        node.wait_ready(PATIENCE)
    wait_until(lambda: all(misses_one(node) for node in others), seconds=BACK)
    first.start()
    first.wait_ready(PATIENCE)
    wait_until(ring.is_whole, seconds=BACK)
