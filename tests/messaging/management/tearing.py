"""Writes that end half-way: of a batch some statements are carried out, and the others never."""

from contextlib import contextmanager

import pytest

from messaging.store import altering, writing
from messaging.store.session import run_batch

TIMELINE, BUCKETS, CONVERSATIONS, CHANGES = "timeline", "timeline_buckets", "conversations", "changes"


@contextmanager
def torn(tables, *places):
    """Leave out what the writes in the block write into `tables` at these (owner, conversation id)."""
    keys = {(owner.pk.bytes, conversation_id.bytes) for owner, conversation_id in places}

    def is_torn(statement):
        columns = statement.prepared_statement.column_metadata
        values = dict(zip((column.name for column in columns), statement.values, strict=True))
        return columns[0].table_name in tables and (values["owner_id"], values["conversation_id"]) in keys

    def run(name, statements):
        run_batch(name, [statement for statement in statements if not is_torn(statement)])

    with pytest.MonkeyPatch.context() as patch:
        for module in (writing, altering):
            patch.setattr(module, "run_batch", run)
        yield
