"""Databases that a test has for itself, of both kinds: what is written there is committed, and others may write too."""

import shutil
from collections.abc import Iterator

import pytest

from bench.databases import using
from tests.server import manage

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory, postgres):
    """`migrated_database(kind)` is the URL of a migrated database that stays as it is, to be copied."""
    made = {}

    def make(kind):
        if kind not in made:
            file = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
            made[kind] = f"sqlite:///{file}" if kind == "sqlite" else postgres.new_database()
            manage({"DATABASE_URL": made[kind]}, "migrate", "--noinput")
        return made[kind]

    return make


@pytest.fixture(params=KINDS)
def database(request, migrated_database, postgres, tmp_path, django_db_setup, django_db_blocker) -> Iterator[str]:
    """The URL of a fresh database, which this process and its threads use meanwhile."""
    original = migrated_database(request.param)
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/db.sqlite3"
        shutil.copy(original.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
    else:
        url = postgres.new_database(copy_of=original)
    with django_db_blocker.unblock(), using(url):
        yield url
