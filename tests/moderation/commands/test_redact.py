"""`manage.py redact`."""

from datetime import datetime

import pytest

from chatsystem.jobs.models import Job
from messaging.services.one_message import get_message
from tests.moderation.commands.running import WHY, refused, run, run_json
from tests.moderation.making import conversation, entries, last_number, spam


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob)


def test_one_message(bob, alice, sent):
    report = {"message_id": str(sent.id), "sender": alice.username, "recipient": bob.username, "changed": True}
    assert run_json("redact", "message", sent.id, "--of", bob.username, "--dry-run", *WHY) == report | {"dry_run": True}
    assert get_message(owner=bob, message_id=sent.id).content == "Buy!"
    assert run_json("redact", "message", sent.id, "--of", bob.username, *WHY) == report
    assert get_message(owner=bob, message_id=sent.id).content == ""
    assert run("redact", "message", sent.id, "--of", bob.pk, *WHY) == f"Message {sent.id} had no content any more.\n"


def test_a_span_of_time(alice, bob):
    sent = conversation(alice, bob, 4)
    began = last_number()
    counted = run_json("redact", "range", alice.username, "--since", "2020-01-01", "--dry-run", *WHY)
    assert counted == {"dry_run": True, "name": alice.username, "messages": 2, "with_content": 2}
    assert (Job.objects.count(), entries(began)) == (0, [])
    started = run_json("redact", "range", alice.username, "--since", "2020-01-01", "--until", "2126-01-01", *WHY)
    job = Job.objects.get()
    assert started == {"name": alice.username, "job": job.pk, "run_at": job.run_at.isoformat()}
    assert (job.arguments["person_id"], job.arguments["since"]) == (str(alice.pk), "2020-01-01T00:00:00+00:00")
    assert datetime.fromisoformat(job.arguments["until"]) < job.run_at
    assert [action for action, *_ in entries(began)] == ["job.started", "messages.redacted"]
    assert get_message(owner=bob, message_id=sent[0].id).content == "number 0"


def test_what_is_refused_changes_nothing(alice, bob, sent, new_person, parts, hanging):
    assert refused("redact", "message", sent.id, "--of", new_person().username, *WHY)[0] == 1
    assert refused("redact", "message", sent.id, "--of", bob.username, "--reason", " ")[0] == 1
    for dry_run in ([], ["--dry-run"]):
        backwards = ("--since", "2026-02-01", "--until", "2026-01-01")
        assert refused("redact", "range", alice.username, *backwards, *dry_run, *WHY)[0] == 1
        assert refused("redact", "range", alice.username, "--reason", " ", *dry_run)[0] == 1
    with pytest.raises(Exception, match="is no time"):
        run("redact", "range", alice.username, "--since", "yesterday", *WHY)
    with hanging(parts.cassandra):
        assert refused("redact", "message", sent.id, "--of", bob.username, *WHY)[0] == 2
    assert get_message(owner=bob, message_id=sent.id).content == "Buy!"
    assert not Job.objects.exists()
