import shutil
import socket
from types import SimpleNamespace

import pytest

from embedded.checks import check_disk, check_port, is_full
from embedded.errors import EmbeddedError


@pytest.fixture
def free_space(monkeypatch):
    def leave(count):
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=count))

    return leave


def test_a_busy_port_is_named_with_another_to_take(port):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(EmbeddedError) as raised:
        check_port({"APP_PORT": str(port)})
    assert str(raised.value) == (
        f"port {port} is busy (or not allowed): end what uses it, or take another, as in APP_PORT={port + 1} make run"
    )


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(EmbeddedError, match="which is no port"):
        check_port({"APP_PORT": text})


def test_a_free_port_is_returned(port):
    assert check_port({"APP_PORT": str(port)}) == port


def test_a_disk_with_too_little_room_is_named(tmp_path, free_space):
    free_space(120_000_000)
    with pytest.raises(EmbeddedError, match=rf"only 120 MB free for {tmp_path}/new, 1,000 MB needed: make room"):
        check_disk(tmp_path / "new", needed=1_000_000_000)


def test_a_disk_with_enough_room_will_do(tmp_path, free_space):
    free_space(1_000_000_000)
    check_disk(tmp_path / "not/yet/there", needed=1_000_000_000)


def test_a_disk_is_full_before_its_last_byte(tmp_path, free_space):
    free_space(19_000_000)
    assert is_full(tmp_path)
    free_space(21_000_000)
    assert not is_full(tmp_path)
