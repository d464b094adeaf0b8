"""Each alert is raised by what it is for, after the time that it waits, and not by what is usual."""

import re
import subprocess
from dataclasses import dataclass

import pytest
import yaml

from tests.deploy.programs import find_program
from tests.server import ROOT

RULES = ROOT / "deploy" / "prometheus" / "rules" / "alerts.yaml"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ALERTS = {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}


@dataclass
class Case:
    """Samples a minute, in promtool's notation, and the label values that the alert then has."""

    series: dict[str, str]
    labels: tuple[str, ...] = ()


def requests(status, notation):
    return {f'chat_http_requests_total{{status="{status}"}}': notation}


USUAL = requests(200, "0+600x60")
SLOW = {
    'chat_http_request_seconds_bucket{le="1"}': "0+300x60",
    'chat_http_request_seconds_bucket{le="2.5"}': "0+600x60",
    'chat_http_request_seconds_bucket{le="+Inf"}': "0+600x60",
    "chat_http_request_seconds_count": "0+600x60",
}
QUICK = {**SLOW, 'chat_http_request_seconds_bucket{le="1"}': "0+600x60"}
DISK = 'node_filesystem_{}_bytes{{mountpoint="/",fstype="ext4"}}'
MEMORY_DISK = 'node_filesystem_{}_bytes{{mountpoint="/run",fstype="tmpfs"}}'


def disk(name, available, size=100):
    return {name.format("avail"): f"{available}x60", name.format("size"): f"{size}x60"}


RAISED = {
    "ServiceDown": Case({'up{job="application",instance="app-1:8000"}': "0x60"}, ("app-1:8000",)),
    "ManyErrors": Case({**USUAL, **requests(503, "0+30x60")}),
    "SlowRequests": Case(SLOW),
    "Bugs": Case({**USUAL, **requests(500, "0x30 0+1x30")}),
    "WorkersEnd": Case({'chat_worker_starts_total{instance="app-1:8000"}': "0+2x60"}, ("app-1:8000",)),
    "SendsFail": Case({'chat_sends_total{outcome="unavailable"}': "0+6x60"}),
    "PartAway": Case({'chat_outages_total{part="cassandra"}': "0+3x60"}, ("cassandra",)),
    "CacheMisses": Case(
        {
            'chat_cache_lookups_total{result="unavailable"}': "0+20x60",
            'chat_cache_lookups_total{result="hit"}': "0+80x60",
        }
    ),
    "MailsFail": Case({'chat_mails_total{result="failed"}': "0+1x60"}),
    "LoginsRefused": Case({'chat_limited_total{policy="login-address"}': "0+10x60"}),
    "JobsFail": Case(
        {'chat_jobs{kind="messages.redact",state="failed",instance="app-1:8000"}': "1x60"}, ("messages.redact",)
    ),
    "JobsWait": Case({'chat_job_wait_seconds{instance="app-1:8000"}': "1801+60x60"}),
    "NoJobWorker": Case({'chat_job_worker_seconds{instance="app-1:8000"}': "601+60x60"}),
    "CassandraNodeDown": Case({'up{job="cassandra",instance="cassandra-2:7070"}': "0x60"}, ("cassandra-2:7070",)),
    "CassandraRefuses": Case(
        {'cassandra_request_problems_total{instance="c",request="Write",problem="Timeouts"}': "0+6x60"},
        ("c", "Write", "Timeouts"),
    ),
    "CassandraSlow": Case(
        {'cassandra_request_latency_microseconds{instance="c",request="Read",quantile="0.99"}': "600000x60"},
        ("c", "Read", "0.99"),
    ),
    "CassandraDrops": Case({'cassandra_dropped_messages_total{instance="c",message="MUTATION_REQ"}': "0+1x60"}, ("c",)),
    "CompactionsPending": Case({'cassandra_compactions_pending{instance="c"}': "51x60"}, ("c",)),
    "LargePartition": Case(
        {'cassandra_table_largest_partition_bytes{table="timeline"}': "104857601x60"}, ("timeline",)
    ),
    "PartUnwatched": Case({'up{job="loki",instance="loki:3100"}': "0x60"}, ("loki", "loki:3100")),
    "PostgresDown": Case({"pg_up": "0x60"}),
    "PostgresConnections": Case({"pg_stat_database_numbackends": "49x60", "pg_settings_max_connections": "60x60"}),
    "ValkeyDown": Case({"redis_up": "0x60"}),
    "ValkeyEvicts": Case({"redis_evicted_keys_total": "0+700x60"}),
    "DiskFills": Case(disk(DISK, 24), ("/", "ext4")),
    "DiskNearlyFull": Case(disk(DISK, 9), ("/", "ext4")),
    "MemoryShort": Case({"node_memory_MemAvailable_bytes": "4x60", "node_memory_MemTotal_bytes": "100x60"}),
}
# Just below, or what only looks alike.
QUIET = {
    "ServiceDown": {'up{job="application",instance="app-1:8000"}': "1x60"},
    "ManyErrors": {**USUAL, **requests(503, "0+11x60")},
    "SlowRequests": QUICK,
    "Bugs": {**USUAL, **requests(503, "0+1x60"), **requests(500, "7x60")},
    "WorkersEnd": {'chat_worker_starts_total{instance="app-1:8000"}': "0+0.9x60"},
    "SendsFail": {'chat_sends_total{outcome="refused"}': "0+60x60", 'chat_sends_total{outcome="failed"}': "0+2x60"},
    "PartAway": {'chat_outages_total{part="cassandra"}': "5x60"},
    "CacheMisses": {
        'chat_cache_lookups_total{result="miss"}': "0+80x60",
        'chat_cache_lookups_total{result="unavailable"}': "0+8x60",
    },
    "MailsFail": {'chat_mails_total{result="sent"}': "0+9x60"},
    "LoginsRefused": {'chat_limited_total{policy="send"}': "0+99x60", 'chat_limited_total{policy="login"}': "0+6x60"},
    "JobsFail": {
        'chat_jobs{kind="messages.redact",state="failed",instance="app-1:8000"}': "0x60",
        'chat_jobs{kind="messages.redact",state="waiting",instance="app-1:8000"}': "9x60",
    },
    "JobsWait": {'chat_job_wait_seconds{instance="app-1:8000"}': "1800x60"},
    "NoJobWorker": {
        'chat_job_worker_seconds{instance="app-1:8000"}': "600x60",
        'chat_job_wait_seconds{instance="app-1:8000"}': "0x60",
    },
    "CassandraNodeDown": {'up{job="cassandra",instance="c"}': "1x60", 'cassandra_nodes_down{instance="c"}': "0x60"},
    "CassandraRefuses": {'cassandra_request_problems_total{instance="c",request="Write",problem="Timeouts"}': "9x60"},
    "CassandraSlow": {'cassandra_request_latency_microseconds{instance="c",request="Read",quantile="0.99"}': "9000x60"},
    "CassandraDrops": {'cassandra_dropped_messages_total{instance="c",message="MUTATION_REQ"}': "4x60"},
    "CompactionsPending": {'cassandra_compactions_pending{instance="c"}': "60x20 0x40"},
    "LargePartition": {'cassandra_table_largest_partition_bytes{table="timeline"}': "104857600x60"},
    "PartUnwatched": {'up{job="application",instance="app-1:8000"}': "0x60", 'up{job="loki",instance="l"}': "1x60"},
    "PostgresDown": {"pg_up": "1x60"},
    "PostgresConnections": {"pg_stat_database_numbackends": "48x60", "pg_settings_max_connections": "60x60"},
    "ValkeyDown": {"redis_up": "1x60"},
    "ValkeyEvicts": {"redis_evicted_keys_total": "0+500x60"},
    "DiskFills": {**disk(DISK, 25), **disk(MEMORY_DISK, 1)},
    "DiskNearlyFull": {**disk(DISK, 10), **disk(MEMORY_DISK, 1)},
    "MemoryShort": {"node_memory_MemAvailable_bytes": "5x60", "node_memory_MemTotal_bytes": "100x60"},
}


def ask_promtool(directory, cases):
    """Ask promtool at once whether none of the alerts is raised; return what it got instead, by the alert's name."""
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": series, "values": notation} for series, notation in samples.items()],
            "alert_rule_test": [{"eval_time": "50m", "alertname": name, "exp_alerts": []}],
        }
        for name, samples in cases.items()
    ]
    file = directory / "tests.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    command = [find_program("promtool"), "test", "rules", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    blocks = re.split(r"alertname: ?(\w+), time: ?50m", done.stdout + done.stderr)
    assert done.returncode == (1 if blocks[1:] else 0), done.stdout + done.stderr
    return dict(zip(blocks[1::2], blocks[2::2], strict=True))


def labels_in(printed):
    """The labels of the alert that promtool got."""
    got = printed.partition("got:")[2]
    return dict(re.findall(r'(\w+)="([^"]*)"', got.partition("Annotations")[0]))


@pytest.fixture(scope="module")
def raised(tmp_path_factory):
    """What promtool says of each alert on the samples of its trouble."""
    return ask_promtool(tmp_path_factory.mktemp("raised"), {name: case.series for name, case in RAISED.items()})


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return ask_promtool(tmp_path_factory.mktemp("quiet"), QUIET)


def test_promtool_finds_the_rules_sound():
    done = subprocess.run([find_program("promtool"), "check", "rules", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def test_each_alert_has_its_cases():
    assert RAISED.keys() == QUIET.keys() == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_it_is_raised_by_what_it_is_for(name, raised):
    labels = labels_in(raised[name])
    assert labels.pop("alertname") == name
    assert labels.pop("severity") == ALERTS[name]["labels"]["severity"]
    assert set(RAISED[name].labels) <= set(labels.values())


@pytest.mark.parametrize("name", ALERTS)
def test_it_is_not_raised_by_what_is_usual(name, quiet):
    assert name not in quiet


def test_a_worker_that_ended_in_order_is_missed_too_but_none_while_sql_can_not_be_asked(tmp_path):
    name = "NoJobWorker"
    waits = {f'chat_job_wait_seconds{{instance="app-{number}:8000"}}': "0x60" for number in (1, 2)}
    raised = ask_promtool(tmp_path, {name: waits})
    assert labels_in(raised[name]) == {"alertname": name, "severity": "ticket"}
    assert ask_promtool(tmp_path, {name: {'up{job="application",instance="app-1:8000"}': "1x60"}}) == {}


@pytest.mark.parametrize("name", ALERTS)
def test_it_says_how_urgent_it_is_and_the_runbook_what_to_do(name):
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    entry = re.search(rf"^### {name}\n\n(.+?)(?=^##|\Z)", OPERATIONS, re.MULTILINE | re.DOTALL)
    assert entry, f"docs/operations.md has no chapter {name}"
    assert len(entry[1].split()) > 15


def test_the_runbook_has_no_chapter_of_an_alert_that_is_gone():
    chapters = re.findall(r"^### (\w+)$", OPERATIONS.partition("## Alerts")[2].partition("\n## ")[0], re.MULTILINE)
    assert chapters == list(ALERTS)
