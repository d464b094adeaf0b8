"""Statements on the records of what was done to the schema."""

import pytest

from chatsystem.errors import StorageUnavailable
from messaging.store.migration import records


def test_a_table_that_is_not_there_yet_is_waited_for_like_a_cluster_that_is_away():
    with pytest.raises(StorageUnavailable):
        records.execute("SELECT scope FROM never_made")
