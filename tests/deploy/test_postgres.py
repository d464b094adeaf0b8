"""The SQL part of the suite over PostgreSQL, which is what is deployed; `make test` runs it over SQLite."""

import re

import pytest

from tests.deploy.other_parts import run_tests

# People, sessions and roles; reports and cases; the audit log and jobs.
SUITE = ("tests/accounts", "tests/moderation", "tests/chatsystem/audit", "tests/chatsystem/jobs")
# What runs over both databases anyway, or is about SQLite.
WITHOUT = "not sqlite and not postgresql"
# Pages ask the same services, and take as long again.
IGNORED = "--ignore=tests/accounts/pages"
ENOUGH = 300  # tests: an empty run would pass too


@pytest.mark.timeout(1_200)
def test_the_sql_part_of_the_suite_passes(postgres):
    status, printed = run_tests({"DATABASE_URL": postgres.new_database()}, *SUITE, IGNORED, "-k", WITHOUT)
    assert status == 0, printed[-6000:]
    assert int(re.search(r"(\d+) passed", printed)[1]) > ENOUGH
