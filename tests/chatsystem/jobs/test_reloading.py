"""Workers of `make dev`: they start anew on a change of code, and end when they are told to."""

import subprocess
import threading
from types import SimpleNamespace

import pytest

from chatsystem.jobs import reloading
from chatsystem.jobs.reloading import Reloader


@pytest.fixture
def replaced(monkeypatch):
    """The command lines by which this process would have been replaced."""
    lines = []
    monkeypatch.setattr(reloading.os, "execv", lambda _, line: lines.append(line))
    return lines


@pytest.fixture
def source(monkeypatch, tmp_path):
    """A module of the project in a file of its own."""
    file = tmp_path / "ours.py"
    file.write_text("A = 1")
    monkeypatch.setattr(reloading, "settings", SimpleNamespace(BASE_DIR=tmp_path))
    monkeypatch.setitem(reloading.sys.modules, "ours", SimpleNamespace(__file__=str(file)))
    return file


def checking(monkeypatch, status=0, meanwhile=lambda: None):
    """Have the check of what has changed end so."""

    def run(*_, **__):
        meanwhile()
        return subprocess.CompletedProcess([], status)

    monkeypatch.setattr(reloading.subprocess, "run", run)


def change(source):
    source.write_text("A = 2")
    reloading.os.utime(source, (0, source.stat().st_mtime + 10))


def test_a_change_of_code_replaces_the_worker_once_it_can_be_loaded(source, replaced, monkeypatch):
    checking(monkeypatch, status=1)
    reloader = Reloader(stopping=threading.Event())
    reloader.look()
    change(source)
    reloader.look()
    assert replaced == []
    checking(monkeypatch)
    reloader.look()
    assert replaced == []  # as it was when it could not be loaded
    change(source)
    reloader.look()
    assert replaced == [[reloading.sys.executable, *reloading.sys.argv]]


def test_whoever_is_told_to_end_while_it_checks_a_change_does_not_start_anew(source, replaced, monkeypatch):
    stopping = threading.Event()
    checking(monkeypatch, meanwhile=stopping.set)
    reloader = Reloader(stopping=stopping)
    change(source)
    reloader.look()
    assert replaced == []
