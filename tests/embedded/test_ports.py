import socket

import pytest

from embedded import ports
from embedded.ports import RANGE, free_ports, is_free


@pytest.fixture
def listening(port):
    with socket.create_server(("127.0.0.1", port)) as listening:
        yield listening


def test_a_port_with_a_server_is_not_free(port, listening):
    assert not is_free(port)


def test_a_port_whose_last_connection_is_only_closing_is_free(port, listening):
    with socket.create_connection(("127.0.0.1", port)):
        connection, _ = listening.accept()
        connection.close()
    listening.close()
    assert is_free(port)


def test_free_ports_are_different_and_none_that_outgoing_connections_get():
    found = free_ports(20)
    assert len(set(found)) == 20
    assert all(port in RANGE for port in found)


def test_preferred_ports_come_first_where_they_are_free(port, listening, monkeypatch):
    monkeypatch.setattr(ports, "_claim", lambda port: True)  # parts that rest have claimed free ones
    other = next(each for each in RANGE if is_free(each))
    assert free_ports(1, preferred=[port, other]) == [other]


def test_a_port_is_given_out_once(port):
    assert free_ports(1, preferred=[port]) != [port]


def test_another_process_does_not_get_ports_that_are_not_used_yet(port, python_script):
    code = "import sys; from embedded.ports import free_ports; print(free_ports(1, preferred=[int(sys.argv[1])]))"
    process = python_script(code, port)
    process.wait(30)
    assert process.stdout.read() != f"[{port}]\n"


def test_a_port_is_given_up_by_a_process_that_ended(python_script):
    code = "from embedded.ports import free_ports; print(free_ports(1)[0])"
    process = python_script(code)
    process.wait(30)
    given_up = int(process.stdout.read())
    assert free_ports(1, preferred=[given_up]) == [given_up]
