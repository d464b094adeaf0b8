import errno
import os
import socket

import pytest

from embedded import __main__, jars, locks
from embedded.__main__ import main


@pytest.fixture(autouse=True)
def own_directory(monkeypatch, tmp_path, port):
    """Nothing here may touch the project's own data."""
    monkeypatch.setenv("EMBEDDED_DIRECTORY", str(tmp_path / "local"))
    monkeypatch.setenv("APP_PORT", str(port))
    return tmp_path / "local"


def test_a_busy_port_is_one_line(port, capsys):
    with socket.create_server(("127.0.0.1", port)):
        assert main(["run"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: port {port} is busy")


def test_a_second_run_in_one_directory_is_one_line(own_directory, python_script, capsys):
    code = "import sys, time; from pathlib import Path; from embedded.locks import exclusive\n"
    code += "with exclusive(Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    holder = python_script(code, own_directory / "lock")
    holder.stdout.readline()
    assert main(["run"]) == 1
    assert capsys.readouterr().err == (
        f"Error: already running here as process {holder.pid}: stop it with `kill {holder.pid}` or Ctrl-C, "
        "or name another EMBEDDED_DIRECTORY and APP_PORT\n"
    )


def test_an_unsupported_platform_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.platform", "win32")
    assert main(["check"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: this runs on Linux and macOS, not on win32")


def test_a_disk_that_fills_up_is_one_line(monkeypatch, capsys):
    def fetch():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(jars, "fetch", fetch)
    assert main(["fetch"]) == 1
    assert capsys.readouterr().err == "Error: the disk is full: make room and start again; what is there is kept\n"


def test_a_directory_of_somebody_else_is_one_line(monkeypatch, capsys):
    def exclusive(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(locks, "exclusive", exclusive)
    assert main(["run"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("lock can't be used (Permission denied): give it to this user and start again")


def test_a_command_for_a_service_that_does_not_run_is_one_line(capsys):
    assert main(["manage", "check"]) == 1
    assert capsys.readouterr().err == "Error: the service does not run here: start it with make run\n"


def test_a_bug_is_not_hidden(monkeypatch):
    def check_platform():
        raise LookupError("a bug")

    monkeypatch.setattr(__main__, "check_platform", check_platform)
    with pytest.raises(LookupError):
        main(["check"])
