"""What differs between the keyspace and the models."""

import pytest

from messaging import models
from messaging.store import schema

COMPACTION = "org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy"


@pytest.mark.parametrize(
    ("options", "differing"),
    [
        ({}, []),
        ({"gc_grace_seconds": 86_400, "bloom_filter_fp_chance": 0.01}, []),
        ({"gc_grace_seconds": 1}, ["changes.gc_grace_seconds"]),
        ({"bloom_filter_fp_chance": 1.01}, ["changes.bloom_filter_fp_chance"]),
        ({"compaction": {"class": COMPACTION}}, []),
        ({"compaction": {"class": "TimeWindowCompactionStrategy", "compaction_window_size": 1}}, []),
        ({"compaction": {"class": COMPACTION, "compaction_window_size": 8}}, ["changes.compaction"]),
        ({"compaction": {"class": "LeveledCompactionStrategy"}}, ["changes.compaction"]),
    ],
)
def test_options_that_the_models_name_are_compared_by_their_values(monkeypatch, options, differing):
    monkeypatch.setattr(models.Change, "__options__", options)
    assert schema.differing_options() == differing


def test_the_models_options_are_those_of_the_tables():
    assert schema.differing_options() == []


def test_synchronizing_leaves_the_settings_as_they_were():
    before = dict(schema.connections[schema.ALIAS].settings_dict["OPTIONS"]["replication"])
    schema.synchronize()
    assert schema.connections[schema.ALIAS].settings_dict["OPTIONS"]["replication"] == before
    assert before["strategy_class"] == "NetworkTopologyStrategy"
