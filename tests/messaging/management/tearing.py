"""Writes that end half-way: of a batch some statements are carried out, and the others never."""

from contextlib import contextmanager
from functools import partial

import pytest

from messaging.store import altering, writing

TIMELINE, BUCKETS, CONVERSATIONS, CHANGES = "timeline", "timeline_buckets", "conversations", "changes"


@contextmanager
def torn(tables, *places):
    """Leave out what the writes in the block write into `tables` at these (owner, conversation id).

    Inside another such block, what that one leaves out is left out as well.
    """
    keys = {(owner.pk.bytes, conversation_id.bytes) for owner, conversation_id in places}

    def is_torn(statement):
        columns = statement.prepared_statement.column_metadata
        values = dict(zip((column.name for column in columns), statement.values, strict=True))
        return columns[0].table_name in tables and (values["owner_id"], values["conversation_id"]) in keys

    def run(run_rest, name, statements):
        run_rest(name, [statement for statement in statements if not is_torn(statement)])

    with pytest.MonkeyPatch.context() as patch:
        for module in (writing, altering):
            patch.setattr(module, "run_batch", partial(run, module.run_batch))
        yield
