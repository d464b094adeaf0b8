"""Databases that a test has for itself, of both kinds: what is written there is committed, and others may write too."""

from collections.abc import Iterator

import pytest

from bench.databases import using
from tests.server import manage, new_sqlite

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def migrated_postgres(postgres):
    """The URL of a migrated PostgreSQL database that stays as it is, to be copied."""
    url = postgres.new_database()
    manage({"DATABASE_URL": url}, "migrate", "--noinput")
    return url


@pytest.fixture(params=KINDS)
def database(request, tmp_path, django_db_setup, django_db_blocker) -> Iterator[str]:
    """The URL of a fresh database, which this process and its threads use meanwhile."""
    if request.param == "sqlite":
        url = new_sqlite(tmp_path / "db.sqlite3")
    else:
        postgres = request.getfixturevalue("postgres")
        url = postgres.new_database(copy_of=request.getfixturevalue("migrated_postgres"))
    with django_db_blocker.unblock(), using(url):
        yield url
