"""What every statement must be like, whoever writes the next one."""

import importlib
import pkgutil
import re

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.cqlengine import columns
from django.conf import settings

from messaging import store
from messaging.store import schema
from messaging.store.cluster import ROWS
from messaging.store.session import Statement, get_session

MODULES = [importlib.import_module(f"messaging.store.{module.name}") for module in pkgutil.iter_modules(store.__path__)]
VALUES = [value for module in MODULES for value in vars(module).values()]
GROUPED = [value for group in VALUES if isinstance(group, dict) for value in group.values()]
STATEMENTS = {value.name: value.text for value in [*VALUES, *GROUPED] if isinstance(value, Statement)}
WITH_CONDITION = {"claim_send_key"}  # light-weight transactions


def test_there_are_statements_to_look_at():
    assert {"add_message", "newest", "older", "count", "forget_count", "mend_content"} <= STATEMENTS.keys()


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_a_read_names_its_columns_its_whole_partition_and_its_limit(text):
    if not text.startswith("SELECT"):
        return
    assert "*" not in text
    assert "ALLOW FILTERING" not in text
    partition = {
        "timeline": ("owner_id", "conversation_id", "bucket"),
        "timeline_buckets": ("owner_id", "conversation_id"),
        "conversations": ("owner_id",),
        "changes": ("owner_id", "day"),
        "send_keys": ("sender_id", "key"),
    }[re.search(r"FROM (\w+)", text)[1]]
    # Messages that are named by their ids lie in as many partitions as there are ids, at most.
    several = "message_id IN ?" in text
    for column in partition:
        assert f"{column} = ?" in text or (several and column == "bucket" and "bucket IN ?" in text)
    assert "LIMIT" in text or "COUNT(" in text


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_a_write_to_a_table_of_messages_names_its_stamp(text):
    if not text.startswith("SELECT") and re.search(
        r"(INTO|UPDATE|FROM) (timeline|timeline_buckets|conversations) ", text
    ):
        assert "USING TIMESTAMP ?" in text


@pytest.mark.parametrize(("name", "text"), STATEMENTS.items(), ids=STATEMENTS)
def test_only_send_keys_are_written_under_a_condition(name, text):
    assert (" IF " in text) == (name in WITH_CONDITION)


def test_no_table_has_a_counter():
    for model in schema.models():
        for column in model._columns.values():
            assert not isinstance(column, columns.Counter)


@pytest.mark.ring
def test_the_keyspace_has_all_that_the_models_say():
    assert schema.missing_parts() == []
    assert {model.__table_name__ for model in schema.models()} == {
        "timeline",
        "timeline_buckets",
        "conversations",
        "changes",
        "send_keys",
    }


@pytest.mark.ring
def test_the_keyspace_is_replicated_by_data_center():
    session = get_session()
    strategy = session.cluster.metadata.keyspaces[session.keyspace].replication_strategy
    assert (strategy.name, strategy.dc_replication_factors) == (
        "NetworkTopologyStrategy",
        {settings.CASSANDRA_DATACENTER: settings.CASSANDRA_REPLICATION_FACTOR},
    )


@pytest.mark.ring
def test_reads_and_writes_are_acknowledged_by_a_local_quorum_the_models_own_queries_included():
    profiles = get_session().cluster.profile_manager.profiles
    for profile in (profiles[EXEC_PROFILE_DEFAULT], profiles[ROWS]):
        assert profile.consistency_level == ConsistencyLevel.LOCAL_QUORUM
        assert profile.serial_consistency_level == ConsistencyLevel.LOCAL_SERIAL
