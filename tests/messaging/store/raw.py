"""Rows as they are stored, whatever the service would make of them."""

from messaging.store.session import get_session
from messaging.types import INBOX, bucket_of, conversation_id_of


def copies_of(sent):
    """Every stored copy of a message, by owner and timeline: its columns by name, but for the key; {} is no row."""
    return {
        (owner_id, timeline): _row(owner_id, timeline, sent.id)
        for owner_id in sent.owner_ids
        for timeline in (INBOX, sent.conversation_id)
    }


def _row(owner_id, conversation_id, message_id):
    rows = get_session().execute(
        "SELECT sender_id, sender, recipient_id, recipient, content, reply_to, edited_at, redacted_at, removed_at"
        " FROM timeline WHERE owner_id = %s AND conversation_id = %s AND bucket = %s AND message_id = %s",
        (owner_id, conversation_id, bucket_of(message_id), message_id),
    )
    return next(iter(rows), {})


def conversation_of(owner, peer):
    """What is stored of one side of a conversation."""
    rows = get_session().execute(
        "SELECT peer, last, read_up_to FROM conversations WHERE owner_id = %s AND conversation_id = %s",
        (owner.pk, conversation_id_of(owner.pk, peer.pk)),
    )
    return next(iter(rows), {})


def changes_of(owner):
    """The kinds of all that is logged for a person, in order, each with its message."""
    days = get_session().execute("SELECT DISTINCT owner_id, day FROM changes")
    return [
        (row["kind"], row["message_id"])
        for day in sorted(row["day"] for row in days if row["owner_id"] == owner.pk)
        for row in get_session().execute(
            "SELECT kind, message_id FROM changes WHERE owner_id = %s AND day = %s", (owner.pk, day)
        )
    ]
