"""Load by wrk, with the server's own CPU time read beside it."""

import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server

SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))  # of load a case; a bounded number, as everything here
TICK = os.sysconf("SC_CLK_TCK")

REPORT = """
wrk.method, wrk.body = %(method)s, %(body)s
wrk.headers["%(header)s"] = "%(credential)s"
%(delay)s
%(keys)s
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  local shape = '{"requests": %%d, "seconds": %%f, "p50": %%f, "p95": %%f, "p99": %%f, "failed": %%d}'
  local p50, p95, p99 = latency:percentile(50), latency:percentile(95), latency:percentile(99)
  local seconds = summary.duration / 1e6
  io.write("\\nREPORT " ..
    string.format(shape, summary.requests, seconds, p50 / 1e3, p95 / 1e3, p99 / 1e3, failed) .. "\\n")
end
"""


# A new key for each request, as programs send them. `wrk` runs one thread here.
KEYS = """
local sent = 0
request = function()
  sent = sent + 1
  wrk.headers["Idempotency-Key"] = "%s-" .. sent
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Figures:
    """What a case came to."""

    connections: int
    rate: float  # requests/s
    p50: float  # ms
    p95: float  # ms
    p99: float  # ms
    cpu: float  # us of the server's processes a request
    failed: int


def check_wrk() -> None:
    """End with a clear line where wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("Error: wrk is missing: install it (Debian: apt install wrk), then start again")


def load(
    server: Server,
    path: str,
    *,
    token: str = "",
    cookie: str = "",
    body: object = None,
    keys: bool = False,
    connections: int = 8,
    pause: int = 0,
) -> Figures:
    """Ask `path` for `SECONDS`, over `connections` at once, each pausing `pause` ms between two requests.

    A program shows its `token`, a browser its `cookie`. With `keys` each request is a send of its own that could be
    repeated.
    """
    script = REPORT % {
        "method": json.dumps("GET" if body is None else "POST"),
        "body": "nil" if body is None else json.dumps(json.dumps(body)),
        "header": "Cookie" if cookie else "Authorization",
        "credential": cookie or f"Bearer {token}",
        "keys": KEYS % secrets.token_hex(8) if keys else "",
        "delay": f"function delay() return {pause} end" if pause else "",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        before = cpu_seconds(server.workers())
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", file.name, server.url + path]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
        spent = cpu_seconds(server.workers()) - before
    found = re.search(r"REPORT (\{.*\})", printed)
    if found is None:
        raise SystemExit(f"Error: wrk said nothing that can be read:\n{printed}")
    report = json.loads(found[1])
    return Figures(
        connections,
        rate=report["requests"] / report["seconds"],
        p50=report["p50"],
        p95=report["p95"],
        p99=report["p99"],
        cpu=spent / max(report["requests"], 1) * 1e6,
        failed=report["failed"],
    )


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time that processes have used so far."""
    return sum(_ticks(pid) for pid in pids) / TICK


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident(pid: int) -> float:
    """Return the MB of memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
