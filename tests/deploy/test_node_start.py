"""How a node of Cassandra is started: whom it asks for the cluster, and what Java is told."""

import re
import subprocess

import pytest
import yaml

from tests.deploy.cassandra import SOURCE
from tests.server import ROOT


@pytest.mark.parametrize(("given", "kept"), [({}, ""), ({"JVM_EXTRA_OPTS": "-Dgiven=1"}, "-Dgiven=1")], ids=str)
def test_a_node_is_given_what_java_was_given_beside_its_own(given, kept):
    """That is how a node is told which lost one it replaces."""
    (line,) = re.findall("^export JVM_EXTRA_OPTS=.*", (ROOT / "deploy/cassandra/start.sh").read_text(), re.MULTILINE)
    told = subprocess.run(
        ["sh", "-euc", f'{line}; printf %s "$JVM_EXTRA_OPTS"'],
        env={"AUTH_REPLICAS": "3", **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == (
        f"-javaagent:/opt/exporter.jar=7070:/etc/chat/exporter.yaml -Dcassandra.system_auth.default_rf=3 {kept}"
    )


REPLACES = "-Dcassandra.replace_address_first_boot=10.0.0.1"


@pytest.mark.parametrize(
    ("own", "joined", "options", "seeds"),
    [
        ("10.0.0.1", False, "", "10.0.0.1,10.0.0.2,10.0.0.11"),
        ("10.0.0.1", False, REPLACES, "10.0.0.2,10.0.0.11"),
        ("10.0.0.1", True, REPLACES, "10.0.0.1,10.0.0.2,10.0.0.11"),
        ("10.0.0.2", False, "", "10.0.0.1,10.0.0.11"),
        ("10.0.0.2", True, "", "10.0.0.1,10.0.0.2,10.0.0.11"),
        ("10.0.0.4", False, "", "10.0.0.1,10.0.0.2,10.0.0.11"),
    ],
    ids=["first", "first-again", "first-replaced", "joins", "joined", "further"],
)
def test_a_node_is_its_own_seed_where_it_begins_the_cluster_or_has_joined_it(tmp_path, own, joined, options, seeds):
    """Otherwise the others couldn't start while one is away; a seed that joins would not fetch what it should hold."""
    for name, text in {"hostname": f"echo {own}", "cassandra": 'cat "$CASSANDRA_CONF/cassandra.yaml"'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    for directory in ("image", "data"):
        (tmp_path / directory).mkdir()
    if joined:
        (tmp_path / "data" / "joined").touch()
    started = subprocess.run(
        ["sh", "deploy/cassandra/start.sh"],
        cwd=ROOT,
        env={
            "CASSANDRA_DATACENTER": "datacenter1",
            "CASSANDRA_RACK": "rack1",
            "AUTH_REPLICAS": "3",
            "CASSANDRA_SEEDS": "10.0.0.1,10.0.0.2,10.0.0.11",
            "JVM_EXTRA_OPTS": options,
            "SOURCE_DIRECTORY": str(SOURCE),
            "IMAGE_DIRECTORY": f"{tmp_path}/image",
            "DATA_DIRECTORY": f"{tmp_path}/data",
            "RUN_DIRECTORY": f"{tmp_path}/run",
            "PATH": f"{tmp_path}:/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    (provider,) = yaml.safe_load(started.stdout)["seed_provider"]
    assert provider["parameters"] == [{"seeds": seeds}]


def test_a_node_that_lets_clients_in_is_noted_as_one_that_has_joined():
    text = (ROOT / "deploy/Dockerfile").read_text()
    assert "exec 3<>/dev/tcp/$HOSTNAME/9042 && touch /var/lib/cassandra/joined" in text
    assert "data=${DATA_DIRECTORY:-/var/lib/cassandra}" in (SOURCE / "start.sh").read_text()
