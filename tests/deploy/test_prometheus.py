"""Prometheus with the deployment's configuration and secrets, over the real service and a worker of its jobs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
import yaml

from embedded.ports import free_ports
from tests.deploy.programs import find_program
from tests.deploy.watching import names_in, running
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, running_server

SOURCE = ROOT / "deploy" / "prometheus"
READS, SENDS, REFUSED = 60, 25, 5


class Prometheus:
    """The running one, asked as Grafana asks it."""

    def __init__(self, port, password):
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, auth=("prometheus", password), timeout=20)

    def ask(self, query):
        """The values of a query, by the values of their labels."""
        answer = self.client.get("/api/v1/query", params={"query": query}).raise_for_status().json()
        return {tuple(row["metric"].values()): float(row["value"][1]) for row in answer["data"]["result"]}

    def wait_for(self, query, expected):
        deadline = time.monotonic() + 90
        while (found := self.ask(query)) != expected and time.monotonic() < deadline:
            time.sleep(0.3)
        assert found == expected


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("secrets")
    subprocess.run([sys.executable, ROOT / "deploy/make_secrets.py", directory], check=True)
    return directory


@pytest.fixture(scope="module")
def watched(secrets, tmp_path_factory):
    """The service, and Prometheus that asks it each second."""
    directory = tmp_path_factory.mktemp("prometheus")
    token = (secrets / "application/metrics_token").read_text().strip()
    with (
        running_server(directory, METRICS_TOKEN=token, WEB_CONCURRENCY="2") as server,
        running_job_worker(server, token, output=directory / "work.log"),
    ):
        (port,) = free_ports(1)
        configure(directory, secrets / "prometheus", server=server.url.removeprefix("http://"), port=port)
        options = (
            f"--config.file={directory}/prometheus.yaml",
            f"--web.config.file={secrets}/prometheus/web.yaml",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--storage.tsdb.path={directory}/data",
        )
        with running("prometheus", *options, directory=directory, port=port):
            prometheus = Prometheus(port, (secrets / "grafana/prometheus_password").read_text().strip())
            with prometheus.client:
                yield server, prometheus


@contextmanager
def running_job_worker(server, token, *, output):
    """Run a worker of the server's jobs until the end of the block, which begins when `/metrics` tells of it."""

    def is_seen():
        answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        return "chat_job_worker_seconds" in names_in(answer.raise_for_status().text)

    environment = {**os.environ, **server.environment}
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "work"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
    try:
        wait_until(is_seen, seconds=60)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def configure(directory, secrets, *, server, port):
    """Write the deployment's configuration with addresses and places of this run, and a shorter second."""
    text = (SOURCE / "prometheus.yaml").read_text()
    own = {"/secrets/": f"{secrets}/", "localhost:9090": f"127.0.0.1:{port}", ": 15s": ": 1s", ": 10s": ": 1s"}
    for deployed, ours in own.items():
        assert deployed in text
        text = text.replace(deployed, ours)
    (directory / "prometheus.yaml").write_text(text)
    shutil.copytree(SOURCE / "rules", directory / "rules")
    (directory / "targets").mkdir()
    for name, targets in (("application", [server]), ("cassandra", []), ("others", [])):
        (directory / "targets" / f"{name}.yaml").write_text(yaml.safe_dump([{"targets": targets}] if targets else []))


def test_the_deployments_configuration_is_sound(secrets, tmp_path):
    text = (SOURCE / "prometheus.yaml").read_text().replace("/secrets/", f"{secrets}/prometheus/")
    shutil.copytree(SOURCE / "rules", tmp_path / "rules")
    shutil.copytree(SOURCE / "targets", tmp_path / "targets")
    (tmp_path / "prometheus.yaml").write_text(text)
    checks = (["config", tmp_path / "prometheus.yaml"], ["web-config", secrets / "prometheus" / "web.yaml"])
    for check in checks:
        done = subprocess.run([find_program("promtool"), "check", *check], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_reads_it_without_the_password(watched):
    _, prometheus = watched
    for auth in (None, ("prometheus", "guess"), ("admin", "admin")):
        assert httpx.get(f"{prometheus.url}/api/v1/query?query=up", auth=auth).status_code == 401


def test_the_sums_over_two_workers_are_right(watched):
    server, prometheus = watched
    with server.client() as client:
        alice = {"username": new_name(), "password": PASSWORD}
        client.post("/auth/register", json=alice)
        bearer = {"Authorization": f"Bearer {client.post('/auth/login', json=alice).json()['token']}"}

    def ask(number):
        with server.client() as client:
            if number < SENDS:
                body = {"recipient": alice["username"], "content": f"message {number}"}
                return client.post("/messages/send", json=body, headers=bearer).status_code
            if number < SENDS + REFUSED:
                body = {"recipient": new_name(), "content": "to nobody"}
                return client.post("/messages/send", json=body, headers=bearer).status_code
            return client.get("/messages/", headers=bearer).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(ask, range(SENDS + REFUSED + READS)))
    assert statuses == {201: SENDS, 400: REFUSED, 200: READS}
    prometheus.wait_for(
        'sum by (status) (chat_http_requests_total{route=~"messages|send|messages-send"})',
        {("200",): READS, ("201",): SENDS, ("400",): REFUSED},
    )
    prometheus.wait_for(
        "sum by (outcome) (chat_sends_total)",
        {("ok",): SENDS, ("refused",): REFUSED, ("unavailable",): 0, ("failed",): 0},
    )
    prometheus.wait_for("sum(chat_page_reads_total{outcome='ok'})", {(): READS})
    prometheus.wait_for("sum(chat_cql_requests_total{query='send'})", {(): SENDS})
    prometheus.wait_for("sum(chat_worker_starts_total)", {(): 2})
    prometheus.wait_for('up{job="application"} == 1', prometheus.ask('up{job="application"}'))


def test_no_alert_is_raised_while_all_is_well(watched):
    _, prometheus = watched
    # Not those that a busy machine may be about to raise, which is asked each second here, with a second to answer.
    assert prometheus.ask('ALERTS{alertname!~"ServiceDown|SlowRequests"}') == {}
    assert prometheus.ask('ALERTS{alertstate="firing"}') == {}
    rules = prometheus.client.get("/api/v1/rules").json()["data"]["groups"]
    assert {rule["health"] for group in rules for rule in group["rules"]} <= {"ok", "unknown"}
