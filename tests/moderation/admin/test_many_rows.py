"""Lists of the admin over many people and entries: an index is asked for each, whatever is filtered, in both databases.

What they then cost with 100,000 people and a million entries, `make bench` measures.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.directory import Status
from bench.operators import fill, pages
from tests.operators import entries

PEOPLE, ENTRIES = 600, 1_200
MOST = 12  # requests to SQL for a person's page with its tables; each list has four
TABLES = ("accounts_user", "chatsystem_auditentry")
# These have no condition, and so walk along an index from its end, as far as a page goes.
WHOLE = {"people", "people, the oldest page", "audit log", "audit log, the oldest page"}
FEW = "suspended_people|inactive_people|operators"  # indexes that have only those


@pytest.fixture
def browser(database, settings):
    """An operator's, over a database with many rows."""
    settings.RATE_LIMITS_ENABLED = False
    browser = fill(PEOPLE, ENTRIES)
    assert entries() == ENTRIES + 1
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return browser


def asked(browser, path):
    """The requests to SQL of a page."""
    browser.get(path, secure=True)  # who asks is known then
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path, secure=True).status_code == 200
    return [query["sql"] for query in queries if query["sql"].startswith("SELECT")]


def plan_of(sql):
    """How the database answers a request; PostgreSQL, which reads small tables as a whole, where it may not do so."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            return "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[3] for row in cursor.fetchall())


def walked(plan):
    """The tables of ours that a plan walks along, without an index or by one that has all rows."""
    found = re.findall(rf"SCAN (\w+)\b(?! USING INDEX (?:{FEW})\b)", plan)
    found += re.findall(r"(?:Seq Scan|using accounts_user_date_joined\w*) on (\w+)", plan)
    return {name for name in found if name in TABLES}


def test_each_list_asks_an_index_and_counts_and_skips_nothing(browser):
    lists = pages() | {f"people: {status.label}": f"/admin/accounts/user/?status={status}" for status in Status}
    del lists["overview"]  # counts, by one request
    wrong = {}
    for title, path in lists.items():
        requests = asked(browser, path)
        assert len(requests) <= MOST, title
        assert not [sql for sql in requests if "COUNT(" in sql.upper() or "OFFSET" in sql.upper()], title
        for sql in requests:
            plan = plan_of(sql)
            is_whole = title in WHOLE or title == f"people: {Status.ALL.label}"
            if walked(plan) and not (is_whole and re.search("USING INDEX|Index Scan", plan)):
                wrong[title] = plan
    assert wrong == {}
