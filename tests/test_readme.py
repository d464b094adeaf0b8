"""Every command that the README tells works as it stands there."""

import re
import secrets
import time
from contextlib import suppress

import pytest

from embedded.paths import PROJECT
from embedded.ports import free_ports
from tests.embedded.waiting import wait_until
from tests.service import Service

README = (PROJECT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
CONVERSATION = next(block for block in BLOCKS if "curl" in block)
DEPLOYMENT = next(block for block in BLOCKS if "gunicorn" in block)
SAVES = 4  # of a file, until it must have been taken over
# What differs each time: ids, times, tokens.
VARYING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A copy of the project as a newcomer has it, but for packages and jars, which are fetched once."""
    service = Service(tmp_path_factory.mktemp("readme"), free_ports(1)[0])
    service.prepare()
    service.make("--touch", "run", "test")
    return service


def commands_of(block):
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def test_no_command_of_the_readme_is_left_out_here():
    tested = {"make run", "make demo", "make dev", "make test", "make lint"}
    assert set(COMMANDS) == tested | set(commands_of(CONVERSATION)) | set(commands_of(DEPLOYMENT))


def test_the_readme_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 150


def test_the_conversation_goes_as_it_is_told(service):
    """`make run`, then each curl with its answer; `TOKEN` stays set, as in a terminal."""
    service.start("run")
    try:
        script = "\n".join(commands_of(CONVERSATION)).replace("http://127.0.0.1:8000", service.url)
        printed = service.run(script)
        told = [line for line in CONVERSATION.splitlines() if not line.startswith("$ ")]
        # curl ends its answers without a line end, so they are compared as one text.
        assert VARYING.sub("*", printed.strip()) == VARYING.sub("*", "".join(told))
    finally:
        service.stop()


@pytest.mark.parametrize("target", ["demo", "dev"])
def test_demo_and_dev_start_too(service, target):
    service.start(target)
    try:
        assert service.is_ready()
        if target == "demo":
            name, password = re.search(r"name (ada), password (\S+)", service.lines()).groups()
            with service.client(username=name, password=password) as client:
                assert client.get("/messages/").json()["pagination"]["totalMessages"] > 300
        else:
            _assert_that_a_change_is_taken_over(service, "chatsystem/api/health.py", "ALIVE", "/api/v1/health")
            _assert_that_a_change_is_taken_over(service, "templates/base.html", "</head>", "/")
    finally:
        service.stop()


def _assert_that_a_change_is_taken_over(service, file, text, path):
    answers = f"for _ in $(seq 20); do curl -s {service.url}{path} || true; done"  # of both workers
    service.run(answers)  # what they keep, they have read now
    time.sleep(1.5)  # gunicorn looks at files once a second, and must have seen this one as it was
    source = service.project / file
    source.write_text(source.read_text().replace(text, f"CHANGED{text}"))
    for _ in range(SAVES):
        with suppress(AssertionError):
            wait_until(lambda: service.run(answers).count("CHANGED") == 20, seconds=15)
            return
        source.touch()  # saved once more: on a busy machine a process may look at the file for the first time only now
    pytest.fail(f"{file} was not taken over")


def test_make_test_runs_tests(service):
    """A few of them: the others run already."""
    service.environment["ARGS"] = "tests/messaging/test_types.py"
    try:
        assert re.search(r"\b\d+ passed in ", service.run("make test"))
    finally:
        del service.environment["ARGS"]


def test_make_lint_finds_nothing(service):
    service.run("make lint")


def test_a_deployment_without_make(service, parts, tmp_path):
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
        "PATH": f"{tmp_path}:{service.environment['PATH']}",
    }
    python = service.environment["VENV"] + "/bin/python"
    for name, module in (("python", ""), ("pip", "-m pip"), ("gunicorn", "-m gunicorn")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {python} {module} "$@"\n')
        (tmp_path / name).chmod(0o755)
    exports = "".join(f"export {name}='{value}'\n" for name, value in settings.items())
    printed = service.run(exports + "\n".join(steps))
    assert "First operator, shown this once" in printed
    services = f"{exports}{serve} & {work} & trap 'kill %1 %2; wait' EXIT\n"
    script = f"{services}curl -s --retry 30 --retry-all-errors --retry-delay 1"
    answer = service.run(f"{script} http://127.0.0.1:{port}/api/v1/health/ready 2>/dev/null")
    assert '"status":"ready"' in answer
    jobs = service.run(f"{exports}{work} --once >/dev/null; python manage.py jobs list --state done")
    assert "jobs.forget, done" in jobs
