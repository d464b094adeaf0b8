"""The whole service by `make run`, in a copy of the project with data of its own."""

import json
import os
import signal
import subprocess

import pytest

from embedded.ports import free_ports
from embedded.state import command_line
from tests.embedded.waiting import is_alive, wait_until
from tests.service import Service


@pytest.fixture(scope="module")
def service(cassandra_jars, tmp_path_factory):
    """A running service; tests that stop it start it again."""
    service = Service(tmp_path_factory.mktemp("service"), free_ports(1)[0])
    service.environment["ADMIN_PATH"] = "operators/"
    service.prepare()
    service.start()
    service.first_lines = service.lines()
    yield service
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(30)


def test_the_first_start_tells_what_is_where(service):
    assert "First operator, shown this once: name operator, password " in service.first_lines
    assert f"The service is ready:  {service.url}/  (operators: {service.url}/operators/)\n" in service.first_lines


@pytest.mark.parametrize(
    ("number", "send"),
    [
        pytest.param(signal.SIGTERM, os.kill, id="make alone is told, as by a service manager"),
        pytest.param(signal.SIGINT, os.killpg, id="all are told, as by a terminal"),
    ],
)
def test_it_stops_in_order_and_finds_its_data_again(service, number, send):
    person = {"username": f"carol{number}", "password": "correct horse battery"}
    assert service.post("/auth/register", **person).status_code == 201
    with service.client(**person) as client:
        sent = client.post("/messages/send", json={"recipient": person["username"], "content": "kept"})
        assert sent.status_code == 201

    pids = service.pids()
    assert set(pids) == {"Cassandra", "Valkey", "The service", "The job worker"}
    send(service.process.pid, number)
    service.process.wait(30)
    assert "Stopping ...\nStopped: The job worker, The service, Valkey, Cassandra.\n" in service.lines()
    assert not any(is_alive(pid) for pid in pids.values())

    service.start()
    assert "First operator" not in service.lines()
    with service.client(**person) as client:
        assert "kept" in client.get("/messages/").text


def test_a_job_worker_runs_beside_the_service_and_does_what_is_due(service):
    assert "A job worker runs beside it." in service.first_lines
    python = service.environment["VENV"] + "/bin/python"

    def states():
        listing = service.run(f"{python} -m embedded manage jobs list --json")
        return {job["kind"]: job["state"] for job in json.loads(listing)["jobs"]}

    wait_until(lambda: states().get("jobs.forget") == "done")


def test_killed_parts_and_a_killed_service_are_started_again(service):
    before = service.pids()
    os.kill(before["Valkey"], signal.SIGKILL)
    os.kill(before["The job worker"], signal.SIGKILL)
    os.kill(before["The service"], signal.SIGKILL)
    wait_until(lambda: "The service is ready again." in service.lines())
    wait_until(service.is_ready)
    assert "Valkey ended by itself (status -9); starting it again." in service.lines()
    assert "The service ended by itself (status -9); starting it again." in service.lines()
    assert "The job worker ended by itself (status -9); starting it again." in service.lines()
    after = service.pids()
    assert after["Cassandra"] == before["Cassandra"]
    assert after["Valkey"] != before["Valkey"]
    assert after["The job worker"] != before["The job worker"]


def test_the_other_commands_know_the_running_service(service):
    status, output = service.make("run")
    assert status == 2
    assert "Error: already running here as process " in output
    python = service.environment["VENV"] + "/bin/python"
    done = subprocess.run(
        [python, "-m", "embedded", "manage", "migrate", "--check"],
        cwd=service.project,
        env=service.environment,
        timeout=60,
    )
    assert done.returncode == 0


def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_takes_over(service):
    pids = service.pids()
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()
    wait_until(lambda: not any(command_line(pid) and is_alive(pid) for pid in pids.values()))
    service.start()
    assert service.is_ready()
