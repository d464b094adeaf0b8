import pytest

from embedded.environment import add_defaults, named_environment, read_assignments
from embedded.paths import Paths


@pytest.fixture
def paths(tmp_path):
    return Paths(tmp_path / "local")


def test_assignments_are_read_as_other_readers_of_env_files_do(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# comment\nA=1\nexport B = two words \nC='#3'\nD=\"4\"\nE=5 # five\nF=\nG=a#b\nno assignment\n")
    assert read_assignments(file) == {
        "A": "1", "B": "two words", "C": "#3", "D": "4", "E": "5", "F": "", "G": "a#b"
    }  # fmt: skip


def test_the_environment_wins_over_the_file_and_empty_values_name_nothing(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text("APP_PORT=8001\nREDIS_URL=redis://file\nCASSANDRA_NODES=\n")
    monkeypatch.setenv("REDIS_URL", "redis://environment")
    monkeypatch.delenv("CASSANDRA_NODES", raising=False)
    named = named_environment(file)
    assert named["APP_PORT"] == "8001"
    assert named["REDIS_URL"] == "redis://environment"
    assert "CASSANDRA_NODES" not in named


def test_defaults_are_added_to_what_nobody_named(paths):
    environment = {"APP_PORT": "8001"}
    add_defaults(environment, paths)
    assert environment["APP_PORT"] == "8001"
    assert environment["APP_ENV"] == "development"
    assert environment["DATABASE_URL"] == f"sqlite:///{paths.root}/db.sqlite3"
    assert environment["EMAIL_URL"] == f"filemail:///{paths.root}/mail"


def test_secrets_are_made_once_and_kept_from_others(paths):
    first, second = {}, {}
    add_defaults(first, paths)
    add_defaults(second, paths)
    assert len(first["SECRET_KEY"]) == 64
    assert first["SECRET_KEY"] != first["JWT_SECRET_KEY"]
    assert first == second
    assert paths.secrets.stat().st_mode & 0o777 == 0o600


def test_a_named_secret_is_neither_replaced_nor_stored(paths):
    environment = {"SECRET_KEY": "named", "JWT_SECRET_KEY_FILE": "/run/secrets/jwt"}
    add_defaults(environment, paths)
    assert environment["SECRET_KEY"] == "named"
    assert "JWT_SECRET_KEY" not in environment
    assert not paths.secrets.exists()
