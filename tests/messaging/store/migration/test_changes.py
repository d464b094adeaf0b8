"""Applying, going on and undoing, on a real keyspace."""

import secrets

import pytest
from cassandra import DriverException

from chatsystem.errors import StorageUnavailable
from messaging.store import health, schema
from messaging.store.migration import changes, lock, records, steps
from messaging.store.migration.errors import InvalidStep, LockLost, NodesDisagree, NoWayDown, StepChanged, StepFailed
from messaging.store.session import get_session
from tests.messaging.noting import note

HEADER = "-- What, and why.\n"
WRONG = "UPDATE nothing SET a = 1 WHERE b = 2;\n"

pytestmark = pytest.mark.usefixtures("ran")


@pytest.fixture
def name():
    return secrets.token_hex(8)


@pytest.fixture(autouse=True)
def _models_are_there(monkeypatch):
    """What brings the keyspace to the models has tests of its own, and costs 50 ms a time."""
    monkeypatch.setattr(schema, "synchronize", lambda: None)


def migrate(ours, held):
    told = []
    changes.migrate(ours, held, told.append)
    return told


def down(ours, held, number):
    told = []
    changes.go_down(ours, held, told.append, down_to=number)
    return told


def state(number):
    record = records.read_records()[number]
    return record.statements_done, record.statements_undone, record.applied_at is not None


@pytest.mark.ring
def test_steps_are_applied_in_order_and_once(held, folder, name, ran):
    ours = folder(**{"0001_a": HEADER + note(name, "1", "2"), "0002_b": HEADER + note(name, "3")})
    assert changes.plan(ours) == ["Apply 0001_a.", "Apply 0002_b."]
    assert ran(name) == []
    assert migrate(ours, held) == ["Applying 0001_a.", "Applying 0002_b."]
    assert ran(name) == ["1", "2", "3"]
    assert changes.plan(ours) == migrate(ours, held) == []
    assert ran(name) == ["1", "2", "3"]
    record = records.read_records()[1]
    assert (record.number, record.name, record.checksum) == (1, "0001_a", ours[0].checksum())
    assert record.started_at <= record.applied_at


@pytest.mark.ring
def test_a_step_that_failed_half_way_is_known_and_the_next_run_goes_on_after_what_was_done(held, folder, name, ran):
    ours = folder(**{"0001_a": HEADER + note(name, "1") + WRONG + note(name, "3"), "0002_b": HEADER + note(name, "4")})
    for _ in range(2):
        with pytest.raises(StepFailed, match=r"0001_a, statement 2 was refused: .*nothing"):
            migrate(ours, held)
        assert ran(name) == ["1"]
        assert state(1) == (1, 0, False)
        assert list(records.read_records()) == [1]
    assert changes.plan(ours) == ["Go on with 0001_a at statement 2.", "Apply 0002_b."]
    # What is still to be done may be mended.
    ours = folder(**{"0001_a": HEADER + note(name, "1", "2", "3")})
    assert migrate(ours, held) == ["Going on with 0001_a at statement 2.", "Applying 0002_b."]
    assert ran(name) == ["1", "2", "3", "4"]
    assert state(1) == (3, 0, True)


def test_a_first_statement_that_fails_leaves_a_step_that_was_begun(held, folder):
    ours = folder(**{"0001_a": HEADER + WRONG})
    with pytest.raises(StepFailed, match="statement 1"):
        migrate(ours, held)
    assert state(1) == (0, 0, False)


def test_an_applied_step_may_not_change_and_is_named(held, folder, name, ran):
    text = HEADER + note(name, "1", "2")
    migrate(folder(**{"0001_a": text}), held)
    changed = [HEADER + note(name, "1"), text + note(name, "3"), HEADER + note(name, "1", "x")]
    for other in changed:
        ours = folder(**{"0001_a": other, "0002_b": HEADER + note(name, "3")})
        for attempt in (changes.plan, lambda ours: migrate(ours, held), lambda ours: down(ours, held, 0)):
            with pytest.raises(StepChanged, match=r"0001_a was applied and its file 0001_a\.cql has changed"):
                attempt(ours)
    assert ran(name) == ["1", "2"]
    assert changes.plan(folder(**{"0001_a": "-- In other words.\n" + text, "0002_b": text})) == ["Apply 0002_b."]


def test_what_was_done_of_a_step_half_done_may_not_change_either(held, folder, name):
    with pytest.raises(StepFailed):
        migrate(folder(**{"0001_a": HEADER + note(name, "1") + WRONG}), held)
    with pytest.raises(StepChanged, match=r"0001_a was begun \(1 statements\)"):
        changes.plan(folder(**{"0001_a": HEADER + note(name, "x", "2")}))


def test_a_step_that_comes_late_is_refused(held, folder, name, ran):
    migrate(folder(**{"0001_a": HEADER + note(name, "1"), "0002_b": HEADER + note(name, "2")}), held)
    records.execute(records.FORGET, records.SCOPE, 1, held.holder)  # as if another branch's 0002 had come first
    with pytest.raises(InvalidStep, match="0001_a is not applied, though 0002_b is"):
        migrate(folder(), held)
    assert ran(name) == ["1", "2"]


@pytest.mark.ring
def test_the_way_down_undoes_the_newest_first(held, folder, name, ran):
    ours = folder(
        **{
            f"000{n}_s": HEADER + note(name, f"up {n}") + "-- down\n" + note(name, f"down {n}", f"and {n}")
            for n in (1, 2, 3)
        }
    )
    migrate(ours, held)
    assert changes.plan(ours, down_to=1) == ["Undo 0003_s.", "Undo 0002_s."]
    assert down(ours, held, 1) == ["Undoing 0003_s.", "Undoing 0002_s."]
    assert ran(name)[3:] == ["down 3", "and 3", "down 2", "and 2"]
    assert list(records.read_records()) == [1]
    assert down(ours, held, 1) == changes.plan(ours, down_to=1) == []
    assert migrate(ours, held) == ["Applying 0002_s.", "Applying 0003_s."]


def test_where_one_step_has_no_way_down_none_is_undone(held, folder, name, ran):
    ours = folder(**{"0001_a": HEADER + note(name, "1"), "0002_b": HEADER + note(name, "2") + "-- down\nSELECT 1;"})
    migrate(ours, held)
    for attempt in (lambda: changes.plan(ours, down_to=0), lambda: down(ours, held, 0)):
        with pytest.raises(NoWayDown, match="0001_a can't be undone: its file has no way down"):
            attempt()
    with pytest.raises(NoWayDown, match="0002_b can't be undone: this version has no file of it"):
        down(ours[:1], held, 1)
    assert ran(name) == ["1", "2"]
    assert changes.plan(ours) == []


def test_a_way_down_that_failed_goes_on_or_is_applied_again_from_the_beginning(held, folder, name, ran):
    up, wrong = HEADER + note(name, "up") + "-- down\n" + note(name, "down"), WRONG
    ours = folder(**{"0001_a": up + wrong})
    migrate(ours, held)
    with pytest.raises(StepFailed, match="0001_a, statement 2 of its way down was refused"):
        down(ours, held, 0)
    assert state(1) == (0, 1, False)
    assert changes.plan(ours) == ["Apply 0001_a."]
    down(folder(**{"0001_a": up + note(name, "down 2")}), held, 0)
    assert ran(name) == ["up", "down", "down 2"]
    assert records.read_records() == {}
    migrate(ours, held)
    with pytest.raises(StepFailed):
        down(ours, held, 0)
    migrate(ours, held)
    assert ran(name)[3:] == ["up", "down", "up"]
    assert state(1) == (1, 0, True)


def test_a_keyspace_that_is_newer_than_the_code_is_left_alone(held, folder, name):
    ours = folder(**{"0001_a": HEADER + note(name, "1"), "0002_b": HEADER + note(name, "2")})
    migrate(ours, held)
    assert migrate(ours[:1], held) == []
    assert changes.unknown(ours[:1], records.read_records()) == ["0002_b"]
    assert changes.unknown(ours, records.read_records()) == []


@pytest.mark.ring
def test_agreement_of_all_nodes_is_waited_for_after_each_change_of_the_schema_and_each_step(
    held, folder, name, ran, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        get_session().cluster, "refresh_schema_metadata", lambda **options: asked.append((ran(name), options))
    )
    text = HEADER + note(name, "1") + "CREATE TABLE IF NOT EXISTS ran (name text PRIMARY KEY);" + note(name, "2", "3")
    migrate(folder(**{"0001_a": text}), held)
    wait = {"max_schema_agreement_wait": 30}
    assert asked == [(["1"], wait), (["1", "2", "3"], wait)]


def test_nodes_that_do_not_agree_end_the_step_before_its_next_statement(held, folder, name, ran, monkeypatch):
    def disagree(**options):
        raise DriverException

    monkeypatch.setattr(get_session().cluster, "refresh_schema_metadata", disagree)
    ours = folder(**{"0001_a": f"{HEADER}CREATE TABLE IF NOT EXISTS ran (name text PRIMARY KEY);" + note(name, "1")})
    with pytest.raises(StorageUnavailable):  # it did not even wait
        migrate(ours, held)
    monkeypatch.setattr(schema, "TIMEOUT", 0)
    with pytest.raises(NodesDisagree, match="nodetool describecluster"):
        schema.wait_for_agreement()
    assert ran(name) == []
    assert state(1) == (0, 0, False)


@pytest.mark.ring
def test_whoever_lost_the_lock_does_nothing_more(scope, folder, name, ran):
    ours = folder(**{"0001_a": HEADER + note(name, "1")})
    with lock.hold(tell=print) as lost:
        records.execute(lock.RELEASE, scope, lost.holder)
        with pytest.raises(LockLost):
            migrate(ours, lost)
    assert ran(name) == []
    assert records.read_records() == {}


@pytest.mark.ring
def test_readiness_names_steps_that_are_pending_at_the_cost_of_one_read(held, folder, name, tmp_path, monkeypatch):
    ours = folder(**{"0001_a": HEADER + note(name, "1") + WRONG})
    reads = []
    read = records.execute
    monkeypatch.setattr(records, "execute", lambda *a, **options: reads.append(options) or read(*a, **options))
    monkeypatch.setattr(steps, "FOLDER", tmp_path)
    assert health.missing_parts() == ["step 0001_a"]
    assert reads == [{"timeout": 1.0}]
    with pytest.raises(StepFailed):
        migrate(ours, held)
    assert health.missing_parts() == ["step 0001_a"]
    migrate(folder(**{"0001_a": HEADER + note(name, "1")}), held)
    assert health.missing_parts() == []
