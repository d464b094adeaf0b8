"""Loki's and Alloy's files, read here and not by those programs: names that they know, places and labels that fit.

Neither program can be had as a package, so a value that one of them alone would refuse is found when it first starts.
"""

import json
import logging
import re

import pytest
import yaml

from chatsystem.logs import JSONLine
from deploy.grafana.dashboards import DASHBOARDS
from tests.deploy.compose import WHOLE, merged, mounted, services
from tests.server import ROOT

LOKI = yaml.safe_load((ROOT / "deploy/loki/loki.yaml").read_text())
ALLOY = (ROOT / "deploy/alloy/config.alloy").read_text()
SOURCES = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/sources.yaml").read_text())["datasources"]
# What Loki's reference lists (3.5) of the blocks that we use.
KNOWN = {
    "": {"auth_enabled", "server", "common", "schema_config", "compactor", "limits_config", "analytics"},
    "server": {"http_listen_port", "log_level"},
    "common": {"path_prefix", "replication_factor", "ring", "storage"},
    "common.ring": {"kvstore"},
    "common.ring.kvstore": {"store"},
    "common.storage": {"filesystem"},
    "common.storage.filesystem": {"chunks_directory", "rules_directory"},
    "schema_config": {"configs"},
    "compactor": {"working_directory", "retention_enabled", "delete_request_store"},
    "limits_config": {
        *("retention_period", "ingestion_rate_mb", "ingestion_burst_size_mb"),
        *("max_line_size", "max_line_size_truncate"),
    },
    "analytics": {"reporting_enabled"},
}
# What Alloy's reference lists of ours: arguments by block.
ARGUMENTS = {
    "local.file_match": {"path_targets", "sync_period"},
    "loki.source.file": {"targets", "forward_to"},
    "loki.process": {"forward_to"},
    "loki.write": set(),
    "endpoint": {"url"},
    "stage.regex": {"source", "expression"},
    "stage.labels": {"values"},
    "stage.label_drop": {"values"},
    "stage.match": {"selector"},
    "stage.json": {"expressions"},
    "stage.timestamp": {"source", "format"},
    "stage.multiline": {"firstline", "max_wait_time"},
}
LABELS = {"job", "service", "level"}


def blocks_of(mapping, path=""):
    """Each block's names, by its path."""
    yield path, set(mapping)
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from blocks_of(value, f"{path}.{name}".lstrip("."))


def alloy_arguments():
    """Block and argument of each line that sets one; every block is closed."""
    open_blocks = []
    for line in (one.strip() for one in ALLOY.splitlines()):
        if not line or line.startswith("//"):
            continue
        if line == "}":
            open_blocks.pop()
        elif opened := re.fullmatch(r'([\w.]+)(?: "\w+")? \{', line):
            open_blocks.append(opened[1])
        else:
            name, _ = re.fullmatch(r"(\w+) +=( .+)", line).groups()
            yield open_blocks[-1], name
    assert open_blocks == []


def log_files():
    """Names of the files that the services' settings name, those of the tools too."""
    named = re.findall(r"LOG_FILE: (\S+?)[,}\s]", (ROOT / WHOLE[0]).read_text())
    assert len(named) >= 6
    return {*named, "/var/log/chat/nginx.log", *(f"/var/log/chat/cassandra-{number}.log" for number in (1, 2, 3))}


def service_of(file):
    """What Alloy takes for the writer."""
    (expression,) = re.findall(r'source += "filename"\s+expression = "(.+)"', ALLOY)
    return re.search(expression.replace("\\\\", "\\"), file)["service"]


def selectors():
    return re.findall(r'selector = "\{service=~\\"(.+)\\"\}"', ALLOY)


def test_loki_knows_each_name():
    for path, names in blocks_of(LOKI):
        assert names <= KNOWN[path], path


def test_alloy_knows_each_block_and_argument():
    for block, argument in alloy_arguments():
        assert argument in ARGUMENTS[block], f"{block}: {argument}"


def test_what_is_forwarded_arrives():
    made = {f"{kind}.{label}" for kind, label in re.findall(r'^([\w.]+) "(\w+)" \{', ALLOY, re.MULTILINE)}
    asked = set(re.findall(r"((?:local|loki)\.[\w.]+)\.(?:receiver|targets)", ALLOY))
    assert asked == made - {"loki.source.file.logs"}  # where it all begins


def test_lines_go_from_the_volume_to_loki_and_from_loki_to_grafana():
    started = services(WHOLE)
    port = LOKI["server"]["http_listen_port"]
    assert f'url = "http://loki:{port}/loki/api/v1/push"' in ALLOY
    (source,) = [source for source in SOURCES if source["type"] == "loki"]
    assert source["url"] == f"http://loki:{port}"
    assert set(started["loki"]["networks"]) & set(started["alloy"]["networks"]) & set(started["grafana"]["networks"])
    (volume,) = [where for source, where, _ in mounted(started["alloy"]) if source == "logs"]
    (glob,) = re.findall(r'"__path__" = "(.+)/\*\.log"', ALLOY)
    assert glob == volume
    for service in merged(WHOLE)["services"].values():
        file = service.get("environment", {}).get("LOG_FILE")
        if file:
            assert (glob, "logs") in {(where, source) for source, where, _ in mounted(service)}
            assert file.startswith(f"{glob}/")


@pytest.mark.parametrize("file", sorted(log_files()))
def test_each_files_lines_are_read_by_the_form_of_its_writer(file):
    fitting = [selector for selector in selectors() if re.fullmatch(selector, service_of(file))]
    assert fitting == [one for one in selectors() if ("cassandra" in one) == ("cassandra" in file)]


def test_cassandras_lines_begin_and_are_graded_as_its_log_is_written():
    pattern = re.search(r"<pattern>(.+?)</pattern>", (ROOT / "deploy/cassandra/logback.xml").read_text())[1]
    assert pattern.startswith("%date{ISO8601} %-5level [%thread]")
    (first,) = re.findall(r'firstline +=\s"(.+)"', ALLOY)
    (level,) = re.findall(r'expression = "(.+\(\?P<level>.+)"', ALLOY)
    line = "2026-11-24 12:00:00,123 WARN  [main] Some - Said"
    assert re.search(first.replace("\\\\", "\\"), line)
    assert re.search(level.replace("\\\\", "\\"), line)["level"] == "WARN"
    assert not re.search(first.replace("\\\\", "\\"), "\tat org.apache.cassandra.Some(Some.java:7)")


def test_dashboards_ask_for_labels_that_lines_have():
    kept = {"job", *re.findall(r"values = \{(\w+) = ", ALLOY)}
    assert kept == LABELS
    asked = [
        query
        for dashboard in DASHBOARDS
        for panels in dashboard.rows.values()
        for panel in panels
        if panel.source == "loki"
        for query, _ in panel.queries
    ]
    assert asked
    for query in asked:
        assert set(re.findall(r"(\w+)=", query.partition("}")[0])) <= LABELS


def test_the_panel_of_warnings_has_those_of_the_service_and_of_cassandra():
    (graded,) = {
        grade
        for dashboard in DASHBOARDS
        for panels in dashboard.rows.values()
        for panel in panels
        for query, _ in panel.queries
        for grade in re.findall(r'level=~"(.+?)"', query)
    }
    record = logging.LogRecord("chat", logging.WARNING, __file__, 1, "Something", None, None)
    written = [
        json.loads(JSONLine().format(record))["level"],
        *map(logging.getLevelName, (logging.ERROR, logging.CRITICAL)),
    ]
    assert [level for level in (*written, "WARN", "INFO", "DEBUG") if re.fullmatch(graded, level)] == [*written, "WARN"]


def test_lines_go_after_two_weeks_and_stand_on_the_volume():
    assert LOKI["limits_config"]["retention_period"] == f"{14 * 24}h"
    assert LOKI["compactor"]["retention_enabled"] is True  # without it the period is a word
    assert LOKI["compactor"]["delete_request_store"] == LOKI["schema_config"]["configs"][-1]["object_store"]
    (volume,) = [where for source, where, _ in mounted(services(WHOLE)["loki"]) if source == "loki"]
    storage = LOKI["common"]["storage"]["filesystem"]
    places = [LOKI["common"]["path_prefix"], LOKI["compactor"]["working_directory"], *storage.values()]
    assert all(f"{place}/".startswith(f"{volume}/") for place in places)
    assert LOKI["analytics"]["reporting_enabled"] is False
