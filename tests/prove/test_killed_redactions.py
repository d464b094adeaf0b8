"""The worker's real process is killed while it redacts: what it left is finished, and nothing is done twice."""

import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from chatsystem.audit.models import AuditEntry
from chatsystem.jobs.models import Job
from messaging.services.conversations import read_conversations
from messaging.services.inspection import Span
from messaging.store import writing
from moderation.services.redaction import redact_range
from tests.embedded.waiting import wait_until
from tests.factories import new_name
from tests.messaging.making import SECOND, message, now
from tests.messaging.reading import first_page
from tests.messaging.store.raw import changes_of, conversation_of, copies_of
from tests.moderation.making import MODERATOR, found_in_cassandra, found_in_redis
from tests.prove.workers import NEVER, new_workers

# Where the process dies, of how many messages, three a step, and how many have lost their content by then, at least and
# at most: what was sent to Cassandra is done by it, whoever asked.
POINTS = {
    ("claimed", 1): (7, 0, 0),
    ("sent redact", 5): (7, 4, 5),
    ("answered redact", 2): (7, 2, 2),  # in the middle of a step
    ("answered redact", 1): (1, 1, 1),  # of the last message, and the cache isn't told
    ("saved", 3): (7, 6, 6),
    ("before end", 1): (7, 7, 7),
}


@pytest.fixture
def people(database):
    """Somebody who wrote, and who got it."""
    return [User.objects.create_user(new_name()) for _ in range(2)]


def write(writer, reader, number):
    """Messages of the last minute, each in its turn."""
    made = [
        message(writer, reader, f"Buy at {writer.username}!", ticks=now() - (60 - each) * SECOND)
        for each in range(number)
    ]
    for one in made:
        writing.append(one)
    return made


def is_redacted(one):
    """Whether all four copies of a message are, or none; fails in between."""
    (is_done,) = {bool(row["redacted_at"]) for row in copies_of(one).values()}
    assert {row["content"] for row in copies_of(one).values()} == ({""} if is_done else {one.content})
    return is_done


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("event", "times"), POINTS, ids=str)
def test_a_killed_redaction_is_finished_by_the_next_worker(database, tmp_path, people, event, times):
    number, least, most = POINTS[event, times]
    writer, reader = people
    sent = write(writer, reader, number)
    text = sent[0].content
    for owner in people:  # has it in the cache, which whoever dies may not have told
        assert first_page(owner) == [text] * number
        assert read_conversations(owner=owner).summaries[0].last.preview == text
    job = redact_range(person=writer, span=Span(), actor=MODERATOR, reason="spam")
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))

    with new_workers(database, tmp_path, "tests.prove.dying_worker") as worker:
        worker(event, times).ends_with(-signal.SIGKILL)
        wait_until(lambda: least <= sum(map(is_redacted, sent)) <= most)
        # Nobody waits here until the dead one counts as dead.
        Job.objects.filter(state="running").update(heartbeat_at=timezone.now() - timedelta(days=1))
        worker(NEVER, 1, "--once").ends_with(0)

    job.refresh_from_db()
    assert job.state == "done"
    assert (job.done, job.total, job.failures, job.error, job.claim) == (number, number, 0, "", 2)
    assert all(map(is_redacted, sent))
    for owner, other in ((writer, reader), (reader, writer)):
        redactions = [message_id for kind, message_id in changes_of(owner) if kind == "redacted"]
        assert sorted(redactions) == sorted(one.id for one in sent)
        assert conversation_of(owner, other)["last"] == (sent[-1].id, writer.username, None)
    assert found_in_cassandra(text) == found_in_redis(text) == []
    for owner in people:
        assert first_page(owner) == [""] * number
        assert read_conversations(owner=owner).summaries[0].last.preview is None
    entries = AuditEntry.objects.order_by("number").values_list("action", "target_id")
    assert list(entries) == [("job.started", str(job.pk)), ("messages.redacted", str(writer.pk))]
