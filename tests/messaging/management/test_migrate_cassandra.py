"""`manage.py migrate_cassandra`: by real processes on keyspaces of their own where that matters."""

import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_redis import get_redis_connection

from embedded.ports import free_ports
from messaging import cache
from messaging.store.migration import lock, records
from messaging.store.session import get_bare_session, get_session
from tests.messaging.noting import note
from tests.server import ROOT

HEADER = "-- What, and why.\n"
MAKE_RAN = "CREATE TABLE IF NOT EXISTS ran (name text PRIMARY KEY, lines list<text>);\n"
UP_TO_DATE = "Cassandra's schema is up to date.\n"
NOTHING = "There is nothing to do.\n"
EMPTIED = "Emptied the cache: its pages may have come from another keyspace.\n"
TABLES = {"timeline", "timeline_buckets", "conversations", "changes", "send_keys"}


class Keyspace:
    """A keyspace that is not there yet, and commands upon it by processes of their own."""

    def __init__(self, folder):
        self.name = f"chat_test_{os.getpid()}_{secrets.token_hex(3)}"
        self.folder = folder

    @property
    def ran(self):
        (row,) = self.execute("SELECT lines FROM {}.ran WHERE name = 'test'")
        return row["lines"]

    @property
    def tables(self):
        rows = self.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", self.name)
        return {row["table_name"] for row in rows}

    def execute(self, text, *values):
        return get_bare_session().execute(text.format(self.name), values).all()

    def start(self, *arguments, **environment):
        command = [sys.executable, "manage.py", "migrate_cassandra", "--steps", str(self.folder), *arguments]
        environment = {**os.environ, "CASSANDRA_KEYSPACE": self.name, **environment}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments, **environment):
        """Return the exit code, the output and the news of a command."""
        return end(self.start(*arguments, **environment))

    def drop(self):
        get_bare_session().execute(f"DROP KEYSPACE IF EXISTS {self.name}", timeout=30)


def end(process):
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


@pytest.fixture
def keyspace(tmp_path):
    keyspace = Keyspace(tmp_path)
    yield keyspace
    keyspace.drop()


@pytest.fixture
def run(scope, tmp_path):
    """`run("--check")` runs the command within this process; it returns the same as `Keyspace.run`."""

    def run(*arguments):
        output, news, code = StringIO(), StringIO(), 0
        try:
            call_command("migrate_cassandra", "--steps", str(tmp_path), *arguments, stdout=output, stderr=news)
        except CommandError as error:
            news.write(str(error))
            code = error.returncode
        except SystemExit as error:
            code = error.code
        return code, output.getvalue(), news.getvalue()

    return run


@pytest.fixture
def page():
    """Whether a page that was cached is still there: `page()`; `page(fill=True)` caches it."""
    owner = uuid.uuid4()

    def look(*, fill=False):
        if fill:
            cache.fill(owner, "page", b"page", generation=cache.look_up(owner, "page").generation)
        return cache.look_up(owner, "page").value is not None

    return look


def test_four_commands_at_once_make_a_keyspace_and_apply_each_step_once(keyspace, folder):
    folder(**{"0001_a": HEADER + MAKE_RAN + note("test", "1", "2"), "0002_b": HEADER + note("test", "3")})
    processes = [keyspace.start() for _ in range(4)]
    results = [end(process) for process in processes]
    assert [(code, output) for code, output, _ in results] == [(0, UP_TO_DATE)] * 4, results
    assert keyspace.ran == ["1", "2", "3"]
    assert sorted("Applying 0001_a." in news for _, _, news in results) == [False, False, False, True]
    assert sorted(EMPTIED in news for _, _, news in results) == [False, False, False, True]
    assert keyspace.tables == {*TABLES, "schema_steps", "ran"}


def test_two_commands_at_once_go_down_and_up_again_once(keyspace, folder):
    folder(**{"0001_a": HEADER + MAKE_RAN, "0002_b": HEADER + note("test", "up") + "-- down\n" + note("test", "down")})
    assert keyspace.run()[:2] == (0, UP_TO_DATE)
    results = [end(process) for process in [keyspace.start("--down", "1"), keyspace.start("--down", "1")]]
    assert [(code, output) for code, output, _ in results] == [(0, "No step above 0001 is applied.\n")] * 2, results
    assert keyspace.ran == ["up", "down"]
    results = [end(process) for process in [keyspace.start(), keyspace.start()]]
    assert [(code, output) for code, output, _ in results] == [(0, UP_TO_DATE)] * 2, results
    assert keyspace.ran == ["up", "down", "up"]


def test_a_killed_holder_blocks_nobody_for_long_and_the_next_one_goes_on(keyspace, folder):
    folder(**{"0001_a": HEADER + MAKE_RAN + note("test", *range(200))})
    killed = keyspace.start("--lock-ttl", "12")  # time for the next one to start and find it held
    try:
        wait_for_statement(keyspace, 20)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    (record,) = keyspace.execute("SELECT statements_done, applied_at, holder FROM {}.schema_steps")
    assert 20 <= record["statements_done"] < 201
    assert record["applied_at"] is None
    assert record["holder"].startswith(f"process {killed.pid} on ")
    code, output, news = keyspace.run()
    assert (code, output) == (0, UP_TO_DATE)
    assert f"Waiting for process {killed.pid} on " in news
    assert "Going on with 0001_a at statement " in news
    # The one statement that was under way may have run twice.
    assert list(dict.fromkeys(keyspace.ran)) == [str(number) for number in range(200)]
    assert len(keyspace.ran) <= 201


def wait_for_statement(keyspace, number):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if "ran" in keyspace.tables:  # so the records are there too
            rows = keyspace.execute("SELECT statements_done FROM {}.schema_steps")
            if rows and (rows[0]["statements_done"] or 0) >= number:
                return
        time.sleep(0.01)
    raise AssertionError("the command did not come that far")


def test_a_plan_for_a_keyspace_that_is_not_there_makes_none(keyspace, folder):
    folder(**{"0001_a": HEADER + MAKE_RAN})
    for argument, expected in (("--plan", 0), ("--check", 1)):
        code, output, _ = keyspace.run(argument)
        first, *tables, last = output.splitlines()
        assert (code, first, last) == (expected, f"Make the keyspace {keyspace.name}.", "Apply 0001_a.")
        assert set(tables) == {f"Make {table}." for table in TABLES}
    assert keyspace.tables == set()


def test_plan_and_check_do_nothing(run, folder, ran):
    name = secrets.token_hex(8)
    folder(**{"0001_a": HEADER + note(name, "1"), "0002_b": HEADER + note(name, "2") + "-- down\n" + note(name, "3")})
    assert run("--plan")[:2] == (0, "Apply 0001_a.\nApply 0002_b.\n")
    assert run("--check")[:2] == (1, "Apply 0001_a.\nApply 0002_b.\n")
    assert ran(name) == []
    assert run()[:2] == (0, UP_TO_DATE)
    assert run("--plan")[:2] == run("--check")[:2] == (0, NOTHING)
    assert run("--plan", "--empty-cache")[1] == "Empty the cache.\n"
    assert run("--plan", "--down", "1")[:2] == (0, "Undo 0002_b.\n")
    assert ran(name) == ["1", "2"]
    assert run("--down", "0")[::2] == (3, "0001_a can't be undone: its file has no way down.")
    assert ran(name) == ["1", "2"]
    assert run("--down", "1")[:2] == (0, "No step above 0001 is applied.\n")
    assert ran(name) == ["1", "2", "3"]


def test_options_of_tables_are_brought_to_the_models_and_checked(run):
    get_session().execute("ALTER TABLE changes WITH default_time_to_live = 60")
    try:
        assert run("--check")[:2] == (1, "Set the option changes.default_time_to_live.\n")
    finally:
        assert run()[:2] == (0, UP_TO_DATE)
    assert run("--check")[:2] == (0, NOTHING)


def test_steps_that_fail_or_change_are_named(run, folder, ran, tmp_path):
    name = secrets.token_hex(8)
    folder(**{"0001_a": HEADER + note(name, "1") + "SELECT nothing FROM ran;" + note(name, "3")})
    code, output, news = run()
    assert (code, output) == (3, "")
    assert "0001_a, statement 2 was refused: " in news
    assert "Undefined column name nothing" in news
    assert run("--plan")[1] == "Go on with 0001_a at statement 2.\n"
    folder(**{"0001_a": HEADER + note(name, "1", "2", "3")})
    assert run()[:2] == (0, UP_TO_DATE)
    folder(**{"0001_a": HEADER + note(name, "1", "2", "4")})
    for arguments in ([], ["--check"], ["--plan"], ["--down", "0"]):
        code, _, news = run(*arguments)
        assert (code, "0001_a was applied and its file 0001_a.cql has changed" in news) == (3, True)
    assert ran(name) == ["1", "2", "3"]
    (tmp_path / "0001_a.cql").unlink()
    code, output, news = run()
    assert (code, output) == (0, UP_TO_DATE)
    assert "The keyspace is newer than this version of the service: it has 0001_a." in news
    (tmp_path / "0002_a.cql").write_text(HEADER + note(name, "5"))
    assert run()[::2] == (3, "There is no step 0001, though there is 0002_a.")


def test_what_only_a_step_can_do_is_said(run):
    session = get_session()
    session.execute("DROP TABLE changes")
    session.execute("CREATE TABLE changes (owner_id uuid PRIMARY KEY)")
    try:
        code, _, news = run()
        assert (code, "Only a numbered step can bring the keyspace to the models" in news) == (3, True)
    finally:
        session.execute("DROP TABLE changes")
        assert run()[:2] == (0, UP_TO_DATE)


def test_a_keyspace_that_was_dropped_takes_its_cached_pages_along(keyspace, page):
    for _ in range(2):
        page(fill=True)
        assert EMPTIED in keyspace.run()[2]
        assert not page()
        keyspace.drop()


def test_the_cache_is_emptied_for_another_keyspace_or_on_request_and_otherwise_kept(run, page, scope):
    redis = get_redis_connection("default")
    redis.set("other", b"not ours", ex=60)
    page(fill=True)
    assert EMPTIED in run()[2]
    assert not page()
    assert redis.get("other") == b"not ours"
    assert 0 < redis.ttl(cache.KEYSPACE) <= cache.KEYSPACE_TTL

    page(fill=True)
    assert EMPTIED not in run()[2]
    assert page()
    assert EMPTIED in run("--empty-cache")[2]
    assert not page()

    # As after restoring another keyspace's backup.
    page(fill=True)
    with lock.hold(tell=print) as held:
        records.execute(records.IDENTIFY, uuid.uuid4(), scope, held.holder)
    assert EMPTIED in run()[2]
    assert not page()


def test_without_redis_it_says_so_and_goes_on(run, parts, dead):
    with dead(parts.valkey):
        code, output, news = run()
    assert (code, output) == (0, UP_TO_DATE)
    assert "Redis can't be reached (ConnectionError), so the cache is not emptied." in news
    assert "60 s" in news
    assert EMPTIED in run()[2]


def test_all_pages_go_however_many_there_are(page):
    redis = get_redis_connection("default")
    page(fill=True)
    keys = [f"{cache.PREFIX}{uuid.uuid4()}" for _ in range(5_000)]
    redis.mset(dict.fromkeys(keys, b"page"))
    assert cache.forget_everybody(identity := uuid.uuid4())
    assert redis.exists(*keys) == 0
    assert not page()
    redis.set(keys[0], b"page", ex=60)
    assert not cache.forget_everybody(identity)
    assert redis.exists(keys[0]) == 1


def test_a_lock_that_is_held_for_too_long_has_an_exit_code_of_its_own(run):
    with lock.hold(tell=print) as held:
        code, output, news = run("--wait", "0")
    assert (code, output, news) == (4, "", f"The schema's lock is held by {held.holder}, longer than 0 s.")


def test_without_cassandra_or_with_wrong_arguments_there_are_other_exit_codes(keyspace, run):
    (port,) = free_ports(1)
    code, _, news = keyspace.run("--lock-ttl", "60", CASSANDRA_NODES=f"127.0.0.1:{port}")
    assert (code, "Cassandra can't be reached" in news) == (5, True)
    assert keyspace.run("--lock-ttl", "61")[0] == 2
    for wrong in (["--lock-ttl", "61"], ["--check", "--plan"], ["--check", "--down", "1"], ["--down", "-1"]):
        with pytest.raises(CommandError):
            call_command("migrate_cassandra", *wrong)


def test_the_help_names_the_exit_codes(run, capsys):
    assert run("--help")[0] == 0
    printed = " ".join(capsys.readouterr().out.split())
    for words in (
        "Exit codes: 0 ",
        "; 1 something is pending",
        "2 wrong",
        "3 a step",
        "4 somebody else",
        "5 Cassandra",
    ):
        assert words in printed
