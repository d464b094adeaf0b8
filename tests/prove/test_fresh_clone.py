"""Every command that the README tells works as it stands there, in a fresh clone with nothing installed."""

import json
import os
import re
import secrets
import signal
import time
from contextlib import suppress

import httpx
import pytest

from embedded.ports import free_ports
from embedded.state import command_line
from tests.embedded.waiting import is_alive, wait_until
from tests.prove.clone import Clone
from tests.readme import CONVERSATION, DEPLOYMENT, commands_of

SAVES = 4  # of a file, until it must have been taken over
# What differs each time: ids, times, tokens.
VARYING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The clone in which `make run` has been told for the first time."""
    clone = Clone(tmp_path_factory.mktemp("clone"), free_ports(1)[0])
    try:
        clone.start()
        clone.first_lines = clone.lines()
        yield clone
    finally:
        clone.stop()
    assert clone.left() == []


@pytest.fixture
def service(clone):
    """The clone with its service running."""
    if not clone.is_running():
        clone.start()
    return clone


@pytest.fixture
def stopped(clone):
    """The clone with nothing running, before and after the test."""
    clone.stop()
    yield clone
    clone.stop()


def test_the_first_start_tells_what_is_where(clone):
    assert "First operator, shown this once: name operator, password " in clone.first_lines
    assert f"The service is ready:  {clone.url}/  (operators: {clone.url}/operators/)\n" in clone.first_lines
    assert "A job worker runs beside it." in clone.first_lines


def test_the_conversation_goes_as_it_is_told(service):
    """Each curl with its answer; `TOKEN` stays set, as in a terminal."""
    script = "\n".join(commands_of(CONVERSATION)).replace("http://127.0.0.1:8000", service.url)
    printed = service.run(script)
    told = [line for line in CONVERSATION.splitlines() if not line.startswith("$ ")]
    # curl ends its answers without a line end, so they are compared as one text.
    assert VARYING.sub("*", printed.strip()) == VARYING.sub("*", "".join(told))


def test_a_job_worker_runs_beside_the_service_and_does_what_is_due(service):
    def states():
        listing = service.run(f"{service.python} -m embedded manage jobs list --json")
        return {job["kind"]: job["state"] for job in json.loads(listing)["jobs"]}

    wait_until(lambda: states().get("jobs.forget") == "done")


def test_the_other_commands_know_the_running_service(service):
    status, output = service.make("run")
    assert status == 2
    assert "Error: already running here as process " in output
    service.run(f"{service.python} -m embedded manage migrate --check")


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


@pytest.mark.parametrize(
    ("number", "send"),
    [
        pytest.param(signal.SIGTERM, os.kill, id="make alone is told, as by a service manager"),
        pytest.param(signal.SIGINT, os.killpg, id="all are told, as by a terminal"),
    ],
)
def test_it_stops_in_order_leaves_nothing_and_finds_its_data_again(service, number, send):
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
    assert service.left() == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.url)

    service.start()
    assert "First operator" not in service.lines()
    with service.client(**person) as client:
        assert "kept" in client.get("/messages/").text


def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_takes_over(service):
    pids = service.pids()
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()
    wait_until(lambda: not any(command_line(pid) and is_alive(pid) for pid in pids.values()))
    service.start()
    assert service.is_ready()


def test_demo_has_people_and_messages(stopped):
    stopped.start("demo")
    assert stopped.is_ready()
    name, password = re.search(r"name (ada), password (\S+)", stopped.lines()).groups()
    with stopped.client(username=name, password=password) as client:
        assert client.get("/messages/").json()["pagination"]["totalMessages"] > 300


def test_dev_takes_changes_over(stopped):
    stopped.start("dev")
    assert stopped.is_ready()
    try:
        assert_that_a_change_is_taken_over(stopped, "chatsystem/api/health.py", "ALIVE", "/api/v1/health")
        assert_that_a_change_is_taken_over(stopped, "templates/base.html", "</head>", "/")
    finally:
        stopped.stop()
        stopped.run("git checkout --quiet .")


def assert_that_a_change_is_taken_over(clone, file, text, path):
    answers = f"for _ in $(seq 20); do curl -s {clone.url}{path} || true; done"  # of both workers
    clone.run(answers)  # what they keep, they have read now
    time.sleep(1.5)  # gunicorn looks at files once a second, and must have seen this one as it was
    source = clone.project / file
    source.write_text(source.read_text().replace(text, f"CHANGED{text}"))
    for _ in range(SAVES):
        with suppress(AssertionError):
            wait_until(lambda: clone.run(answers).count("CHANGED") == 20, seconds=15)
            return
        source.touch()  # saved once more: on a busy machine a process may look at the file for the first time only now
    pytest.fail(f"{file} was not taken over")


def test_make_test_runs_tests(stopped):
    """A few of them: `make test` runs all."""
    printed = stopped.run("make test", ARGS="tests/messaging/test_types.py")
    assert re.search(r"\b\d+ passed in ", printed)


def test_make_lint_finds_nothing(stopped):
    stopped.run("make lint")


def test_a_deployment_without_make(stopped, parts, tmp_path):
    """The commands of a deployment, with parts that run elsewhere."""
    (port,) = free_ports(1)
    *steps, serve, work = commands_of(DEPLOYMENT)
    keys = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SECRET_KEY")}
    settings = {
        **parts.environment,
        **keys,
        "APP_PORT": str(port),
        "CASSANDRA_KEYSPACE": f"readme_{secrets.token_hex(4)}",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "PATH": f"{stopped.project}/.venv/bin:{stopped.environment['PATH']}",
    }
    exports = "".join(f"export {name}='{value}'\n" for name, value in settings.items())
    printed = stopped.run(exports + "\n".join(steps))
    assert "First operator, shown this once" in printed
    services = f"{exports}{serve} & {work} & trap 'kill %1 %2; wait' EXIT\n"
    script = f"{services}curl -s --retry 30 --retry-all-errors --retry-delay 1"
    answer = stopped.run(f"{script} http://127.0.0.1:{port}/api/v1/health/ready 2>/dev/null")
    assert '"status":"ready"' in answer
    jobs = stopped.run(f"{exports}{work} --once >/dev/null; python manage.py jobs list --state done")
    assert "jobs.forget, done" in jobs
