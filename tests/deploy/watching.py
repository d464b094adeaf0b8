"""Prometheus and its exporters as Debian packs them, each on a port of its own."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from embedded.ports import free_ports
from tests.deploy.programs import find_program
from tests.embedded.waiting import wait_until


@contextmanager
def running(
    name: str, *arguments: str, directory: Path, port: int, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the end of the block, which begins when it answers on its port."""
    output = directory / f"{name}.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [find_program(name), *arguments], cwd=directory, env={**os.environ, **environment}, stdout=file, stderr=file
        )
    try:
        wait_until(lambda: process.poll() is not None or answers(port), seconds=60)
        assert process.poll() is None, output.read_text()[-3000:]
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def answers(port: int) -> bool:
    """Whether somebody speaks HTTP on a port."""
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
    except httpx.TransportError:
        return False
    return True


def exported(name: str, *arguments: str, directory: Path, flag: str, environment: Mapping[str, str]) -> set[str]:
    """Return the names of the metrics that an exporter has; `flag` names the option for its address."""
    (port,) = free_ports(1)
    address = f"{flag}=127.0.0.1:{port}"
    with running(name, address, *arguments, directory=directory, port=port, **environment):
        return names_in(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20).raise_for_status().text)


def names_in(text: str) -> set[str]:
    """Return the names of the samples in an answer of `/metrics`."""
    return {line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}
