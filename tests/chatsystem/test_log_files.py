"""Several processes write one file: no line is lost, torn or doubled, and it stays small."""

import json
import logging
import subprocess
import sys

from chatsystem.log_files import OLDER, LogFile
from tests.server import ROOT

WRITERS = 4
LINES = 300
WRITE = """
import logging, sys
from chatsystem.log_files import LogFile
path, writer, lines = sys.argv[1:]
handler = LogFile(path, max_bytes=20_000)
for number in range(int(lines)):
    handler.handle(logging.makeLogRecord({"msg": f"{writer} {number} " + "x" * 20}))
"""


def files(path):
    """The file and those that were put aside, oldest first."""
    aside = [path.with_name(f"{path.name}.{number}") for number in range(OLDER, 0, -1)]
    return [file for file in (*aside, path) if file.exists()]


def test_processes_that_write_side_by_side_lose_and_tear_nothing(tmp_path):
    path = tmp_path / "service.log"
    command = [sys.executable, "-c", WRITE, str(path)]
    # Few enough for all of them to be in the files that are kept: 4 of 20,000 bytes.
    writers = [subprocess.Popen([*command, str(writer), str(LINES)], cwd=ROOT) for writer in range(WRITERS)]
    assert [writer.wait(60) for writer in writers] == [0] * WRITERS
    lines = [line for file in files(path) for line in file.read_text().splitlines()]
    assert sorted(lines) == sorted(
        f"{writer} {number} {'x' * 20}" for writer in range(WRITERS) for number in range(LINES)
    )
    assert len(files(path)) > 1


def test_the_oldest_is_dropped(tmp_path):
    path = tmp_path / "service.log"
    handler = LogFile(str(path), max_bytes=10)
    for number in range(6):
        handler.handle(logging.makeLogRecord({"msg": f"line number {number}"}))
    handler.close()
    assert [file.read_text() for file in files(path)] == [f"line number {number}\n" for number in (3, 4, 5)]


def test_a_process_that_logs_nothing_makes_no_file(tmp_path):
    LogFile(str(tmp_path / "service.log")).close()
    assert list(tmp_path.iterdir()) == []


def test_the_service_writes_the_same_lines_into_the_file_as_it_prints(tmp_path):
    path = tmp_path / "service.log"
    code = "from chatsystem import logs; from logging.config import dictConfig; import logging; "
    code += "dictConfig(logs.configuration()); logging.getLogger('chatsystem').warning('hello')"
    environment = {"LOG_FILE": str(path), "LOG_FORMAT": "json", "ENV_FILE": "/dev/null", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert json.loads(path.read_text())["message"] == "hello"
    assert path.read_text() == done.stderr
