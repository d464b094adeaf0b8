"""Examining all that is stored for one person, by bounded reads, and mending it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import User
from accounts.services.people import find_active_person
from messaging import cache
from messaging.services.examination.copies import Judgement, is_settled, judge, places
from messaging.services.examination.findings import Finding, Kind
from messaging.store import examination as store
from messaging.store.examination import NO_COPY, Stored, StoredConversation
from messaging.store.one_message import find_message
from messaging.store.totals import SETTLED
from messaging.store.writing import preview_of
from messaging.types import (
    BUCKET_SPAN,
    INBOX,
    Message,
    Timeline,
    bucket_of,
    conversation_id_of,
    now,
    order_of,
    stamp_of,
)


@dataclass
class _Conversation:
    """What became known of a conversation on the way."""

    peer_id: UUID
    buckets: set[int] = field(default_factory=set)  # where the inbox has messages of it
    newest: UUID | None = None  # the newest message that is not removed
    newest_own: UUID | None = None
    restored: dict[UUID, Message] = field(default_factory=dict)  # what was missing, by id


class Examination:
    """One person's partitions, compared with each other and, message by message, with those of their peers.

    First the inbox is walked, each message's copies being compared in all their places. Then each conversation is,
    from both sides, for messages that the inbox lacks. What is younger than `SETTLED` is left alone: it may be under
    way.
    """

    def __init__(self, person: User, *, mend: bool, tell: Callable[[Finding], None]) -> None:
        self._person, self._mend, self._tell = person, mend, tell
        self._inbox = Timeline(person.pk)
        self._conversations: dict[UUID, _Conversation] = {}
        self._people: dict[UUID, bool] = {person.pk: True}
        self._settled = now() - SETTLED

    def run(self) -> None:
        """Examine everything. Raises `StorageUnavailable`; run again, it begins anew."""
        buckets = self._examine_buckets(self._inbox, self._likely_buckets())
        for bucket in sorted(buckets, reverse=True):
            for rows in store.read_rows(self._inbox, bucket):
                self._examine_rows(bucket, rows)
        rows_by_id = {row.id: row for row in store.read_conversations(self._person.pk)}
        for conversation_id in rows_by_id.keys() - self._conversations.keys():
            self._add_unseen(rows_by_id[conversation_id])
        for conversation_id, conversation in self._conversations.items():
            row = rows_by_id.get(conversation_id)
            if row and row.last:  # maybe all that is left of a message here
                self._examine_lacking(conversation_id, bucket_of(row.last[0]), [row.last[0]])
            self._examine_conversation(conversation_id, conversation)
            self._examine_conversation_row(Timeline(self._person.pk, conversation_id), conversation)
        self._examine_total(self._inbox, buckets)

    def _likely_buckets(self) -> set[int]:
        """Return where the inbox may have messages: since its owner joined, or since its first known bucket."""
        listed, _ = store.read_buckets(self._inbox)
        joined = int(self._person.date_joined.timestamp()) // BUCKET_SPAN
        return set(range(min({joined, *listed}), now() // 1_000_000 // BUCKET_SPAN + 1))

    def _examine_buckets(self, timeline: Timeline, likely: Iterable[int]) -> set[int]:
        """Find buckets that hold something and aren't listed; return all that hold something, or may."""
        listed, _ = store.read_buckets(timeline)
        unlisted = store.find_unlisted(timeline, set(likely) - listed)
        for message_id in unlisted.values():
            if stamp_of(message_id) <= self._settled:
                if self._mend:
                    with cache.forgetting(timeline.owner_id):
                        store.add_bucket(timeline, message_id)
                self._found("missing_bucket", timeline, message_id)
        return listed | unlisted.keys()

    def _examine_rows(self, bucket: int, rows: Sequence[Stored]) -> None:
        """Compare what the inbox has with all other places of the same messages."""
        by_conversation: dict[UUID, list[UUID]] = defaultdict(list)
        for row in rows:
            if row.sender_id and row.recipient_id:
                peer_id = row.recipient_id if row.sender_id == self._person.pk else row.sender_id
                conversation_id = conversation_id_of(self._person.pk, peer_id)
                by_conversation[conversation_id].append(row.message_id)
                known = self._conversations.setdefault(conversation_id, _Conversation(peer_id))
                known.buckets.add(bucket)
        for conversation_id, message_ids in by_conversation.items():
            self._examine_messages(conversation_id, bucket, message_ids)

    def _examine_messages(self, conversation_id: UUID, bucket: int, message_ids: Sequence[UUID]) -> None:
        conversation = self._conversations[conversation_id]
        owner_ids = [self._person.pk]
        if conversation.peer_id != self._person.pk and self._exists(conversation.peer_id):
            owner_ids.append(conversation.peer_id)
        timelines = [Timeline(owner_id, one) for owner_id in owner_ids for one in (INBOX, conversation_id)]
        read = store.read_copies(timelines, bucket, message_ids)
        for message_id in message_ids:
            copies = places(message_id, read)
            if is_settled(message_id, copies, self._settled):
                self._conclude(message_id, conversation_id, judge(message_id, copies))

    def _conclude(self, message_id: UUID, conversation_id: UUID, judgement: Judgement) -> None:
        """Mend what can be, and tell of it all."""
        mends = [fault.mend for fault in judgement.faults if fault.mend]
        if mends and judgement.message and self._person.pk not in judgement.removed_by:
            self._conversations[conversation_id].restored[message_id] = judgement.message
        if mends and self._mend:
            owner_ids = {mend.timeline.owner_id for mend in mends}
            kinds = {one: kind for one in owner_ids if (kind := judgement.change_of(one))}
            with cache.forgetting(*owner_ids):
                store.mend_message(mends, kinds, conversation_id)
                if judgement.message:
                    for owner_id in owner_ids - {self._person.pk} - set(judgement.removed_by):
                        self._bring_forward(Timeline(owner_id, conversation_id), judgement.message)
        for fault in judgement.faults:
            self._found(fault.kind, fault.timeline, message_id, can_be_mended=fault.mend is not None)

    def _bring_forward(self, timeline: Timeline, message: Message) -> None:
        """Have the peer's row tell of a message that came back there: the peer may have been examined already."""
        row = store.read_conversation(timeline)
        if row.last and order_of(row.last[0]) >= order_of(message.id):
            return
        own = message.id if message.sender_id == timeline.owner_id else None
        for mend in _mends_of_row(timeline, row, message, own, self._settled):
            mend()

    def _exists(self, person_id: UUID) -> bool:
        """Whether there is an account: nothing is written for one that was erased."""
        if person_id not in self._people:
            self._people[person_id] = User.objects.filter(pk=person_id).exists()
        return self._people[person_id]

    def _add_unseen(self, row: StoredConversation) -> None:
        """Take up a conversation of which the inbox has nothing, if it can be told whose it is."""
        timeline = Timeline(self._person.pk, row.id)
        for bucket in sorted(store.read_buckets(timeline)[0], reverse=True):
            for stored in (one for rows in store.read_rows(timeline, bucket) for one in rows):
                if stored.sender_id and stored.recipient_id:
                    peer_id = stored.recipient_id if stored.sender_id == self._person.pk else stored.sender_id
                    self._conversations[row.id] = _Conversation(peer_id)
                    return
        peer = find_active_person(username=row.peer) if row.peer else None
        if peer and conversation_id_of(self._person.pk, peer.pk) == row.id:
            self._conversations[row.id] = _Conversation(peer.pk)

    def _examine_conversation(self, conversation_id: UUID, conversation: _Conversation) -> None:
        """Look for messages that a conversation has on either side and the inbox lacks, and for its newest ones."""
        own, theirs = (Timeline(one, conversation_id) for one in (self._person.pk, conversation.peer_id))
        peer_buckets = store.read_buckets(theirs)[0] if self._exists(conversation.peer_id) else set()
        buckets = self._examine_buckets(own, conversation.buckets | peer_buckets)
        for bucket in sorted(buckets | peer_buckets, reverse=True):
            for rows in store.read_rows(own, bucket):
                self._note_newest(conversation, rows)
                self._examine_lacking(conversation_id, bucket, [row.message_id for row in rows])
            if own != theirs and bucket in peer_buckets:
                for rows in store.read_rows(theirs, bucket):
                    self._examine_lacking(conversation_id, bucket, [row.message_id for row in rows])
        self._examine_total(own, buckets)

    def _examine_lacking(self, conversation_id: UUID, bucket: int, message_ids: Sequence[UUID]) -> None:
        there = store.read_copies([self._inbox], bucket, message_ids)[self._inbox]
        lacking = [one for one in message_ids if not there.get(one, NO_COPY).has_people]
        if lacking:
            self._examine_messages(conversation_id, bucket, lacking)

    def _note_newest(self, conversation: _Conversation, rows: Sequence[Stored]) -> None:
        for row in rows:
            if row.is_visible and stamp_of(row.message_id) <= self._settled:
                conversation.newest = conversation.newest or row.message_id
                if row.sender_id == self._person.pk:
                    conversation.newest_own = conversation.newest_own or row.message_id

    def _examine_conversation_row(self, timeline: Timeline, conversation: _Conversation) -> None:
        restored = conversation.restored.values()
        newest = _latest([conversation.newest, *(one.id for one in restored)])
        own = _latest([conversation.newest_own, *(one.id for one in restored if one.sender_id == self._person.pk)])
        message = None
        if newest is not None:
            message = conversation.restored.get(newest) or find_message(
                self._person.pk, newest, conversation_id=timeline.conversation_id
            )
        # Read behind the message: whatever happens to that meanwhile leaves no preview in the row.
        row = store.read_conversation(timeline)
        mends = _mends_of_row(timeline, row, message, own, self._settled)
        if mends and self._mend:
            with cache.forgetting(self._person.pk):
                for mend in mends:
                    mend()
        if mends:
            self._found("stale_conversation", timeline, newest)

    def _examine_total(self, timeline: Timeline, buckets: Iterable[int]) -> None:
        _, counted = store.read_buckets(timeline)
        if counted is None:
            return
        known, up_to = counted
        # Whatever changes the number meanwhile deletes the check-point.
        if store.count(timeline, buckets, up_to) != known and store.read_buckets(timeline)[1] == counted:
            if self._mend:
                with cache.forgetting(timeline.owner_id):
                    store.forget_total(timeline)
            self._found("wrong_total", timeline, up_to)

    def _found(self, kind: Kind, timeline: Timeline, message_id: UUID | None, *, can_be_mended: bool = True) -> None:
        conversation_id = None if timeline.conversation_id == INBOX else timeline.conversation_id
        self._tell(Finding(kind, timeline.owner_id, conversation_id, message_id, self._mend and can_be_mended))


def _mends_of_row(
    timeline: Timeline, row: StoredConversation, message: Message | None, own: UUID | None, settled: int
) -> list[Callable[[], None]]:
    """Return what brings a conversation's row to its newest message and to the newest one of its owner's own."""
    mends: list[Callable[[], None]] = []
    last_id, last_sender, preview = row.last or (None, None, None)
    if last_id is not None and stamp_of(last_id) > settled:
        return []
    if message is not None:
        is_changed = message.edited_at is not None or message.redacted_at is not None
        right = None if is_changed else preview_of(message.content)
        peer = message.recipient if message.sender_id == timeline.owner_id else message.sender
        if row.peer is None:
            mends.append(lambda: store.mend_peer(timeline, peer, message.id))
        if last_id is None or order_of(last_id) < order_of(message.id):
            mends.append(lambda: store.mend_last(timeline, message.id, message.sender, right))
        elif last_id == message.id and preview not in (None, right):
            mends.append(lambda: store.mend_last(timeline, message.id, message.sender, None))
    if last_id is not None and preview is not None and (message is None or order_of(last_id) > order_of(message.id)):
        # It shows a message that is removed or lost.
        mends.append(lambda: store.mend_last(timeline, last_id, last_sender, None))
    if own is not None and (row.read_up_to is None or order_of(row.read_up_to) < order_of(own)):
        mends.append(lambda: store.mend_read_position(timeline, own))
    return mends


def _latest(message_ids: Iterable[UUID | None]) -> UUID | None:
    return max((one for one in message_ids if one is not None), key=order_of, default=None)
