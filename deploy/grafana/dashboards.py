"""The dashboards: `python -m deploy.grafana.dashboards` writes the JSON that Grafana reads.

Change them here, never there: what is changed in a browser is gone with the next start, and a test holds the files
against this.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("dashboards")
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
LOKI = {"type": "loki", "uid": "loki"}
WIDTH, HEIGHT, COLUMNS = 8, 8, 3  # of a panel in Grafana's grid of 24
RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Panel:
    """A graph: one or several queries, each with the text that names its lines."""

    title: str
    unit: str  # as Grafana calls it: s, reqps, bytes, percentunit, short
    queries: tuple[tuple[str, str], ...]
    source: str = "prometheus"


@dataclass(frozen=True)
class Dashboard:
    """Rows of panels, each with a title."""

    uid: str
    title: str
    rows: dict[str, Sequence[Panel]]


def graph(title: str, unit: str, *queries: tuple[str, str]) -> Panel:
    """Return a panel of metrics."""
    return Panel(title, unit, queries)


def by(label: str, metric: str) -> tuple[str, str]:
    """Return how often something happens a second, a line for each value of a label."""
    return f"sum by ({label}) (rate({metric}{RATE}))", f"{{{{{label}}}}}"


def quantile(share: float, metric: str, label: str = "") -> tuple[str, str]:
    """Return the time within which `share` of the requests were answered."""
    labels = f"le, {label}" if label else "le"
    text = f"{{{{{label}}}}}" if label else f"{share:.0%}"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{RATE})))", text


def told(label: str, metric: str) -> tuple[str, str]:
    """Return the same of what each process tells alike, from SQL: adding them up would count it several times."""
    return f"max by ({label}) (sum by (instance, {label}) (rate({metric}{RATE})))", f"{{{{{label}}}}}"


WAITING = 'max by (kind, state) (chat_jobs{state=~"waiting|failed"}) > 0'
HTTP, SECONDS = "chat_http_requests_total", "chat_http_request_seconds"
LOOKUPS = "chat_cache_lookups_total"

SERVICE = Dashboard(
    "chat-service",
    "Chat: service",
    {
        "Traffic": (
            graph("Requests", "reqps", by("status", HTTP)),
            graph("By route", "reqps", by("route", HTTP)),
            graph("Up", "short", ('up{job="application"}', "{{instance}}")),
        ),
        "Latency": (
            graph("All requests", "s", *(quantile(share, SECONDS) for share in (0.5, 0.95, 0.99))),
            graph("95 %, by route", "s", quantile(0.95, SECONDS, "route")),
            graph(
                "Workers started",
                "short",
                ("sum by (instance) (increase(chat_worker_starts_total[10m]))", "{{instance}}"),
            ),
        ),
        "Errors": (
            graph(
                "Share of requests that fail",
                "percentunit",
                (f'sum(rate({HTTP}{{status=~"5.."}}{RATE})) / sum(rate({HTTP}{RATE}))', "5xx"),
                (f'sum(rate({HTTP}{{status=~"4.."}}{RATE})) / sum(rate({HTTP}{RATE}))', "4xx"),
            ),
            graph("Parts that can't do their work", "short", by("part", "chat_outages_total")),
            # Python's words and Cassandra's.
            Panel(
                "Warnings and errors",
                "short",
                (('{job="chat", level=~"WARN(ING)?|ERROR|CRITICAL"}', ""),),
                source="loki",
            ),
        ),
        "Sends and reads": (
            graph("Sends", "short", by("outcome", "chat_sends_total")),
            graph("Reads of pages", "short", by("outcome", "chat_page_reads_total")),
            graph("Where pages come from", "short", by("source", "chat_pages_total")),
        ),
        "Cache": (
            graph("Looks into the cache", "short", by("result", LOOKUPS)),
            graph(
                "Share of hits",
                "percentunit",
                (
                    f'sum(rate({LOOKUPS}{{result="hit"}}{RATE})) / sum(rate({LOOKUPS}{RATE}))',
                    "hits",
                ),
            ),
        ),
        "Sign-ins and limits": (
            graph("Log-ins by the API", "short", by("outcome", "chat_logins_total")),
            graph("Log-ins by pages", "short", by("outcome", "chat_page_logins_total")),
            graph("Refresh tokens", "short", by("outcome", "chat_refreshes_total")),
            graph("Registrations", "short", by("outcome", "chat_registrations_total")),
            graph("Refused by limits", "short", by("policy", "chat_limited_total")),
            graph("E-mails", "short", by("result", "chat_mails_total")),
        ),
        "Jobs and operators": (
            graph("Jobs", "short", ("max by (state) (sum by (instance, state) (chat_jobs))", "{{state}}")),
            graph("Jobs that failed or wait", "short", (WAITING, "{{kind}} {{state}}")),
            graph(
                "How long they wait",
                "s",
                ("max(chat_job_wait_seconds)", "the job that has been due longest"),
                ("max(chat_job_worker_seconds)", "since a worker was seen"),
            ),
            graph("Times that jobs were done", "short", told("outcome", "chat_job_runs_total")),
            graph("Workers' time, by kind", "percentunit", told("kind", "chat_job_seconds_total")),
            graph(
                "Operators' acts", "short", (f"max(rate(chat_audit_entries_total{RATE}))", "entries in the audit log")
            ),
            graph("Reports", "short", (f'sum(rate({HTTP}{{route=~".*report.*",method="POST"}}{RATE}))', "made")),
        ),
        "Cassandra, as the service sees it": (
            graph("Requests by query", "reqps", by("query", "chat_cql_requests_total")),
            graph("95 %, by query", "s", quantile(0.95, "chat_cql_request_seconds", "query")),
            graph("That failed, by query", "short", by("query", "chat_cql_outages_total")),
        ),
    },
)

PARTS = Dashboard(
    "chat-parts",
    "Chat: databases and machine",
    {
        "Cassandra": (
            graph("Nodes that a node sees up", "short", ("cassandra_nodes_up", "{{instance}}")),
            graph(
                "Requests by node",
                "reqps",
                (f"sum by (instance, request) (rate(cassandra_requests_total{RATE}))", "{{instance}} {{request}}"),
            ),
            graph(
                "99 %, by node",
                "µs",
                ('cassandra_request_latency_microseconds{quantile="0.99"}', "{{instance}} {{request}}"),
            ),
            graph("Refused or late", "short", by("problem", "cassandra_request_problems_total")),
            graph("Left undone", "short", by("message", "cassandra_dropped_messages_total")),
            graph("Compactions waiting", "short", ("cassandra_compactions_pending", "{{instance}}")),
            graph("Bytes by node", "bytes", ("cassandra_load_bytes", "{{instance}}")),
            graph("Bytes by table", "bytes", ("sum by (table) (cassandra_table_bytes)", "{{table}}")),
            graph(
                "Largest partition", "bytes", ("max by (table) (cassandra_table_largest_partition_bytes)", "{{table}}")
            ),
            graph("Hints kept for absent nodes", "short", by("instance", "cassandra_hints_total")),
            graph("Clients", "short", ("cassandra_clients", "{{instance}}")),
            graph("Collecting garbage", "percentunit", by("instance", "jvm_gc_collection_seconds_sum")),
        ),
        "Valkey": (
            graph("Commands", "ops", (f"rate(redis_commands_processed_total{RATE})", "commands")),
            graph("Memory", "bytes", ("redis_memory_used_bytes", "used"), ("redis_memory_max_bytes", "at most")),
            graph("Forgotten for want of memory", "short", (f"rate(redis_evicted_keys_total{RATE})", "keys")),
            graph("Clients", "short", ("redis_connected_clients", "clients")),
        ),
        "PostgreSQL": (
            graph(
                "Connections",
                "short",
                ("sum(pg_stat_database_numbackends)", "taken"),
                ("max(pg_settings_max_connections)", "at most"),
            ),
            graph(
                "Transactions",
                "ops",
                (f"sum(rate(pg_stat_database_xact_commit{RATE}))", "done"),
                (f"sum(rate(pg_stat_database_xact_rollback{RATE}))", "rolled back"),
            ),
            graph("Size", "bytes", ('pg_database_size_bytes{datname="chat"}', "chat")),
        ),
        "Machine": (
            graph(
                "Disk left",
                "percentunit",
                ('node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes', "{{mountpoint}}"),
            ),
            graph(
                "Memory left", "percentunit", ("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "memory")
            ),
            graph("Processors", "percentunit", (f'1 - avg(rate(node_cpu_seconds_total{{mode="idle"}}{RATE}))', "busy")),
        ),
    },
)

DASHBOARDS = (SERVICE, PARTS)


def queries(dashboard: Dashboard) -> Iterator[str]:
    """Return all that a dashboard asks Prometheus."""
    for panels in dashboard.rows.values():
        for panel in panels:
            if panel.source == "prometheus":
                yield from (query for query, _ in panel.queries)


def draw(dashboard: Dashboard) -> dict[str, Any]:
    """Return the dashboard as Grafana reads it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in dashboard.rows.items():
        position = {"h": 1, "w": 24, "x": 0, "y": top}
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": position,
                "panels": [],
            }
        )
        top += 1
        for index, panel in enumerate(row):
            line, column = divmod(index, COLUMNS)
            position = {"h": HEIGHT, "w": WIDTH, "x": WIDTH * column, "y": top + HEIGHT * line}
            panels.append({"id": len(panels) + 1, "gridPos": position, **draw_panel(panel)})
        top += HEIGHT * -(-len(row) // COLUMNS)
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "utc",
        "tags": ["chat"],
        "panels": panels,
    }


def draw_panel(panel: Panel) -> dict[str, Any]:
    """Return a panel without its place."""
    source = LOKI if panel.source == "loki" else PROMETHEUS
    return {
        "type": "logs" if panel.source == "loki" else "timeseries",
        "title": panel.title,
        "datasource": source,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {} if panel.source == "loki" else {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": source, "expr": query, "legendFormat": legend}
            for number, (query, legend) in enumerate(panel.queries)
        ],
    }


def text_of(dashboard: Dashboard) -> str:
    """Return the file of a dashboard."""
    return json.dumps(draw(dashboard), indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for dashboard in DASHBOARDS:
        (FOLDER / f"{dashboard.uid}.json").write_text(text_of(dashboard), encoding="utf-8")


if __name__ == "__main__":
    write()
