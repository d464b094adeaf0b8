import pytest

from embedded import platforms
from embedded.errors import EmbeddedError
from embedded.platforms import check_platform


@pytest.fixture(autouse=True)
def no_programs(monkeypatch):
    monkeypatch.setattr(platforms, "own_java", lambda: None)
    monkeypatch.setattr(platforms, "own_redis", lambda: None)


@pytest.fixture
def machine(monkeypatch):
    def be(system, machine, libc=("glibc", "2.36")):
        monkeypatch.setattr("sys.platform", system)
        monkeypatch.setattr("platform.machine", lambda: machine)
        monkeypatch.setattr("platform.libc_ver", lambda: libc)

    return be


@pytest.mark.parametrize("here", [("linux", "x86_64"), ("darwin", "arm64"), ("darwin", "x86_64")])
def test_platforms_with_wheels_will_do(machine, here):
    machine(*here)
    check_platform()


def test_windows_is_refused(machine):
    machine("win32", "AMD64")
    with pytest.raises(EmbeddedError, match="this runs on Linux and macOS, not on win32: use WSL"):
        check_platform()


def test_a_platform_without_a_wheel_for_java_is_told_to_install_one(machine):
    machine("linux", "aarch64")
    with pytest.raises(
        EmbeddedError, match=r"no Java comes along for linux on aarch64 with glibc 2.36: install Java 17"
    ):
        check_platform()


def test_a_java_of_the_machine_makes_up_for_the_wheel(machine, monkeypatch):
    machine("linux", "aarch64")
    monkeypatch.setattr(platforms, "own_java", lambda: "/usr/bin/java")
    check_platform()


def test_wheels_are_no_use_to_another_c_library(machine, monkeypatch):
    machine("linux", "x86_64", libc=("", ""))
    monkeypatch.setattr(platforms, "own_java", lambda: "/usr/bin/java")
    with pytest.raises(EmbeddedError, match="no Valkey comes along for linux on x86_64 with another C library"):
        check_platform()


def test_wheels_are_no_use_to_an_old_c_library(machine):
    machine("linux", "x86_64", libc=("glibc", "2.17"))
    with pytest.raises(EmbeddedError, match=r"no Java comes along for linux on x86_64 with glibc 2.17"):
        check_platform()
