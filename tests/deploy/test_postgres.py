"""Tests marked `sql` over PostgreSQL, which is what is deployed; `make test` runs them over SQLite."""

import re

import pytest

from tests.deploy.other_parts import run_tests

# Where marked tests are; not those that `make test` runs over both kinds of databases.
MARKED = ("tests/accounts", "tests/moderation", "tests/chatsystem", "-m", "sql", "-k", "not sqlite and not postgresql")
ENOUGH = 300  # tests: an empty run would pass too


@pytest.mark.timeout(1_200)
def test_what_sql_can_change_holds_over_postgresql(postgres):
    status, printed = run_tests({"DATABASE_URL": postgres.new_database()}, *MARKED)
    assert status == 0, printed[-6000:]
    assert int(re.search(r"(\d+) passed", printed)[1]) > ENOUGH
