"""The tables in Cassandra, all but `send_keys` keyed by their owner: a person's data is a set of partitions.

cqlengine declares them; `manage.py migrate_cassandra` brings the keyspace to them. Columns can't be
retyped later. `messaging/store` reads and writes them.
"""

from typing import Any, ClassVar

from cassandra.cqlengine import columns
from cassandra.cqlengine.models import Model

from chatsystem.limits import SEND_KEY_TTL

Options = dict[str, Any]

# How tables lie on the disk. A page is read from every file that holds a part of its partition, so files are merged
# until few do ("L4": each row is rewritten a dozen times at most); what is read again and again is worth that work.
FEW_FILES: Options = {
    "compaction": {"class": "UnifiedCompactionStrategy", "scaling_parameters": "L4"},
}
# Text that is kept for years takes a third less room than by the default, LZ4; a page costs some 20 us more to unpack.
TIGHT: Options = {"compression": {"class": "ZstdCompressor", "chunk_length_in_kb": "16", "compression_level": "3"}}
# Rows that go by their TTL alone lie in files by age, which are dropped whole. Nothing is deleted there, so nothing can
# come back; a day is still longer than the three hours for which nodes keep hints.
BY_AGE: Options = {"gc_grace_seconds": 24 * 60 * 60}
WINDOWS = "TimeWindowCompactionStrategy"

CHANGES_TTL = 31 * 24 * 60 * 60  # seconds: a day more than a client may take to catch up


class FrozenTuple(columns.Tuple):  # type: ignore[misc]  # the driver has no types
    """A tuple, declared as what Cassandra makes of it; cqlengine would warn of a difference that there isn't."""

    def __init__(self, *types: columns.Column, **options: object) -> None:
        super().__init__(*types, **options)
        self.db_type = f"frozen<{self.db_type}>"  # type: ignore[has-type]  # as above


class Timeline(Model):  # type: ignore[misc]  # as above
    """A person's copy of a message: one row in their whole inbox, one in its conversation."""

    __table_name__ = "timeline"
    __options__: ClassVar = {**FEW_FILES, **TIGHT}

    owner_id = columns.UUID(partition_key=True)
    conversation_id = columns.UUID(partition_key=True)  # the nil UUID is the whole inbox
    bucket = columns.Integer(partition_key=True)  # 10-day spans since 1970, from the message id
    message_id = columns.TimeUUID(primary_key=True, clustering_order="DESC")
    sender_id = columns.UUID()
    sender = columns.Text()
    recipient_id = columns.UUID()
    recipient = columns.Text()
    content = columns.Text()
    reply_to = columns.TimeUUID()
    edited_at = columns.DateTime()
    redacted_at = columns.DateTime()
    removed_at = columns.DateTime()


class TimelineBucket(Model):  # type: ignore[misc]  # as above
    """Which buckets of a timeline hold something, so that a quiet year costs no empty reads."""

    __table_name__ = "timeline_buckets"
    __options__: ClassVar = FEW_FILES

    owner_id = columns.UUID(partition_key=True)
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(primary_key=True, clustering_order="DESC")
    # How many messages there are up to a message id: a check-point of exact totals.
    counted = FrozenTuple(columns.BigInt(), columns.TimeUUID(), static=True)


class Conversation(Model):  # type: ignore[misc]  # as above
    """A person's side of a conversation."""

    __table_name__ = "conversations"
    __options__: ClassVar = FEW_FILES  # its rows are overwritten with every message

    owner_id = columns.UUID(partition_key=True)
    conversation_id = columns.UUID(primary_key=True)
    peer = columns.Text()  # username
    last = FrozenTuple(columns.TimeUUID(), columns.Text(), columns.Text())  # message id, sender, preview
    read_up_to = columns.TimeUUID()
    unread_from = columns.TimeUUID()
    muted = columns.Boolean()
    archived = columns.Boolean()
    hidden_through = columns.TimeUUID()


class SendKey(Model):  # type: ignore[misc]  # as above
    """Which message a sender's key stands for, so that a send can be repeated safely."""

    __table_name__ = "send_keys"
    __options__: ClassVar = {
        "default_time_to_live": SEND_KEY_TTL,
        # 24 windows at a time.
        "compaction": {"class": WINDOWS, "compaction_window_unit": "HOURS", "compaction_window_size": "1"},
        **BY_AGE,
    }

    sender_id = columns.UUID(partition_key=True)
    key = columns.Text(partition_key=True)
    message_id = columns.TimeUUID()
    sender = columns.Text()
    recipient_id = columns.UUID()
    recipient = columns.Text()
    fingerprint = columns.Blob()  # of recipient, content and reply_to


class Change(Model):  # type: ignore[misc]  # as above
    """What happened to a person's messages, in order: what catching up reads."""

    __table_name__ = "changes"
    __options__: ClassVar = {
        "default_time_to_live": CHANGES_TTL,
        # 31 windows at a time; catching up reads one or two days.
        "compaction": {"class": WINDOWS, "compaction_window_unit": "DAYS", "compaction_window_size": "1"},
        **BY_AGE,
    }

    owner_id = columns.UUID(partition_key=True)
    day = columns.Integer(partition_key=True)  # days since 1970, from the change id
    change_id = columns.TimeUUID(primary_key=True, clustering_order="ASC")
    kind = columns.Text()  # sent, edited, redacted, removed, read, flags
    conversation_id = columns.UUID()
    message_id = columns.TimeUUID()
