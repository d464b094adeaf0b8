"""A stop that loses nobody, workers that are replaced unnoticed, and a start while a node is away."""

import re
import signal
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from embedded.ports import free_ports
from tests.embedded.waiting import wait_until
from tests.server import running_server
from tests.stopping import SOON, Person, address_of, assert_it_ends, stop

LIMIT = 2  # seconds, instead of 20: what a stop may take with somebody who never sends a request


@pytest.mark.parametrize("senders", [2, 8], ids=["as many as workers", "more than workers"])
def test_a_stop_answers_everyone_who_asks_and_those_who_wait_in_line(tmp_path, parts, hanging, senders):
    """Cassandra hangs meanwhile, so that all of them are there when the signal comes."""
    with running_server(tmp_path) as server:
        alice = Person(server)
        alice.send()
        with hanging(parts.cassandra):
            message = {"recipient": alice.username, "content": "hello"}
            requests = [alice.begin("POST", "messages/send", message) for _ in range(senders)]
            stop(server)
            assert server.process.poll() is None
        assert [alice.answer(request)[0] for request in requests] == [201] * senders
        assert_it_ends(server, within=SOON)


def test_a_stop_waits_for_bodies_that_are_on_their_way(tmp_path):
    with running_server(tmp_path) as server:
        alice = Person(server)
        message = {"recipient": alice.username, "content": "hello"}
        requests = [alice.begin("POST", "messages/send", message, kept_back=5) for _ in range(4)]
        stop(server)
        time.sleep(0.5)
        for request in requests:
            request.send(request.kept_back)
        assert [alice.answer(request)[0] for request in requests] == [201] * 4
        assert_it_ends(server, within=SOON)


def test_a_server_with_nothing_to_do_stops_at_once(tmp_path):
    with running_server(tmp_path) as server:
        stop(server)
        assert_it_ends(server, within=SOON)
        assert "Traceback" not in server.log.read_text()


def test_somebody_who_never_sends_a_request_does_not_keep_a_server_from_stopping(tmp_path):
    with running_server(tmp_path, GUNICORN_CMD_ARGS=f"--graceful-timeout {LIMIT}") as server, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address_of(server)))
        stop(server)
        assert_it_ends(server, within=LIMIT + SOON)


def test_workers_are_replaced_without_one_failed_request(tmp_path):
    with running_server(tmp_path, GUNICORN_CMD_ARGS="--max-requests 12 --max-requests-jitter 4") as server:
        alice = Person(server)
        with ThreadPoolExecutor(4) as pool:
            statuses = Counter(pool.map(alice.send, [f"message {number}" for number in range(60)]))
        assert alice.total() == 60
        log = server.log.read_text()
    assert statuses == {201: 60}
    assert len(set(re.findall(r"Booting worker with pid: (\d+)", log))) >= 2 + 60 // 16
    assert "Traceback" not in log


def test_workers_are_renewed_on_request_without_one_failed_request(tmp_path):
    """SIGHUP: for a new version of the code, say. The old workers stop as above, and the port stays open."""
    with running_server(tmp_path) as server:
        alice = Person(server)
        renewed = threading.Event()
        statuses = Counter()

        def send_until_renewed():
            while not renewed.is_set():
                statuses[alice.send()] += 1

        with ThreadPoolExecutor(4) as pool:
            senders = [pool.submit(send_until_renewed) for _ in range(4)]
            wait_until(lambda: statuses[201] > 10)
            server.process.send_signal(signal.SIGHUP)
            try:
                wait_until(lambda: server.log.read_text().count("Worker exiting") == 2)
            finally:
                renewed.set()
        for sender in senders:
            sender.result()
        assert statuses == {201: alice.total()}


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "never answers"])
def test_one_node_that_is_away_does_not_keep_the_server_from_starting(tmp_path, parts, silent):
    with socket.socket() as node:
        node.bind(("127.0.0.2", parts.cassandra.port))
        if silent:
            node.listen()
        nodes = f"127.0.0.2:{parts.cassandra.port},{parts.cassandra.nodes}"
        with running_server(tmp_path, CASSANDRA_NODES=nodes) as server:
            alice = Person(server)
            assert [alice.send() for _ in range(4)] == [201] * 4


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "never answers"])
def test_a_cluster_that_is_away_keeps_the_server_from_neither_starting_nor_stopping(tmp_path, silent):
    (port,) = free_ports(1)
    hosts = [f"127.0.0.{number}" for number in range(2, 10)]
    with ExitStack() as nodes:
        for host in hosts if silent else ():
            nodes.enter_context(socket.create_server((host, port)))
        with running_server(tmp_path, CASSANDRA_NODES=",".join(f"{host}:{port}" for host in hosts)) as server:
            assert Person(server).send() == 503
            stop(server)
            assert_it_ends(server, within=SOON)
