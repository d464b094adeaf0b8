"""Nothing that dashboards and alerts ask for is a name that nobody exports."""

import json
import re

import httpx
import pytest
import yaml

from deploy.grafana.dashboards import DASHBOARDS, FOLDER, queries, text_of
from tests.deploy.compose import WHOLE, services
from tests.deploy.test_alerts import ALERTS
from tests.deploy.watching import exported, names_in
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, manage, running_server

METRIC = re.compile(r"\b(chat|cassandra|redis|pg|node|jvm)_\w+\b(?!\s*\()")
LABEL = re.compile(r'"[^"]*"|by \([^)]*\)')
# What a worker has seen nothing of isn't there yet; these have values from their first.
LATER = {"chat_cql_outages_total"}
A_WORKER = "from chatsystem.jobs.models import JobWorker; JobWorker.objects.create(name='worker')"


def metrics_in(query):
    return {match[0] for match in METRIC.finditer(LABEL.sub("", query))}


@pytest.fixture(scope="module")
def known(tmp_path_factory, postgres, parts):
    """The names that are exported: by the service, and by the exporters that the compose file names."""
    directory = tmp_path_factory.mktemp("exporters")
    with running_server(directory) as server, server.client() as client:
        person = {"username": new_name(), "password": PASSWORD}
        client.post("/auth/register", json=person)
        bearer = {"Authorization": f"Bearer {client.post('/auth/login', json=person).json()['token']}"}
        client.post("/messages/send", json={"recipient": person["username"], "content": "hello"}, headers=bearer)
        manage(server.environment, "shell", "--verbosity=0", "-c", A_WORKER)
        names = names_in(httpx.get(f"{server.url}/metrics", timeout=20).text)
    node = [option for option in services(WHOLE)["node-exporter"]["command"] if "rootfs" not in option]
    names |= exported(
        "prometheus-node-exporter", *node, directory=directory, flag="--web.listen-address", environment={}
    )
    names |= exported(
        "prometheus-redis-exporter",
        directory=directory,
        flag="-web.listen-address",
        environment={"REDIS_ADDR": f"redis://127.0.0.1:{parts.valkey.port}"},
    )
    password = directory / "password"
    password.write_text(postgres.password)
    names |= exported(
        "prometheus-postgres-exporter",
        directory=directory,
        flag="--web.listen-address",
        environment={
            "DATA_SOURCE_URI": f"127.0.0.1:{postgres.port}/postgres?sslmode=disable",
            "DATA_SOURCE_USER": "postgres",
            "DATA_SOURCE_PASS_FILE": str(password),
        },
    )
    # That a node really tells these is shown in test_cassandra.py, by a node.
    rules = yaml.safe_load((ROOT / "deploy/cassandra/exporter.yaml").read_text())["rules"]
    return names | {rule["name"] for rule in rules} | {"jvm_gc_collection_seconds_sum"} | LATER


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_each_metric_of_a_dashboard_is_exported(dashboard, known):
    wanted = {name for query in queries(dashboard) for name in metrics_in(query)}
    assert len(wanted) > 15
    assert wanted - known == set()


def test_each_metric_of_an_alert_is_exported(known):
    wanted = {name for rule in ALERTS.values() for name in metrics_in(rule["expr"])}
    assert len(wanted) > 20
    assert wanted - known == set()


def test_every_metric_of_ours_is_on_a_dashboard():
    table = (ROOT / "docs/operations.md").read_text()
    listed = set(re.findall(r"^\| `(chat_\w+)` \| (?:counter|gauge|histogram) \|", table, re.MULTILINE))
    shown = {name for dashboard in DASHBOARDS for query in queries(dashboard) for name in metrics_in(query)}
    assert listed - {name.removesuffix("_bucket") for name in shown} == set()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_the_file_is_what_the_code_makes(dashboard):
    file = FOLDER / f"{dashboard.uid}.json"
    assert file.read_text(encoding="utf-8") == text_of(dashboard), "run python -m deploy.grafana.dashboards"


def test_there_is_no_file_of_another_dashboard():
    assert {file.stem for file in FOLDER.iterdir()} == {dashboard.uid for dashboard in DASHBOARDS}


def test_panels_lie_side_by_side_and_cover_nothing():
    for dashboard in DASHBOARDS:
        taken = set()
        for panel in json.loads(text_of(dashboard))["panels"]:
            place = panel["gridPos"]
            cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells
