"""A backup is made under load, and brought back into empty parts: all that was accepted before it began is there."""

import time
from pathlib import Path

from tests.prove.ledger import UNANSWERED, Ledger, Sent
from tests.prove.load import Load, views_of
from tests.prove.stage import Stage, manage
from tests.prove.trial import Outcome, Trial

SENDERS = 3
SECONDS = 4  # of load before a backup


def restore(stage: Stage, times: int) -> Outcome:
    """Back up beside a service that runs, lose everything, restore and go on."""
    outcome = Outcome()
    for _ in range(times):
        load, backup, before = back_up(stage)
        since = time.monotonic()
        parts = stage.new_parts()
        environment = {
            **stage.settings(parts),
            "DATABASE_URL": f"sqlite:///{stage.new_directory('restored')}/db.sqlite3",
        }
        manage(environment, "restore", str(backup))
        service = stage.new_service(environment)
        load.probe = load.probe.at(service.url)
        outcome.back.append(load.seconds_until_back(since))
        outcome.injected += 1
        outcome.acknowledged += sum(sent.is_acknowledged for sent in before)
        ledger = Ledger(before)
        views = views_of(load.recipient.at(service.url), load.since[load.recipient.username])
        for person in load.people:
            there = person.at(service.url)
            views += views_of(there, load.since[person.username], sender=person.username, peer=load.recipient)
        outcome.findings += ledger.compare([view for view in views if not view.may_repeat])
        # What was sent while the backup was made is in it or not. Its histories are mended by the restore; the log that
        # catching up reads isn't.
        news = ledger.compare([view for view in views if view.may_repeat])
        outcome.findings += [finding for finding in news if finding.kind != "half there"]
        service.stop()
        parts.remove()
    return outcome


def back_up(stage: Stage) -> tuple[Load, Path, list[Sent]]:
    """Make a backup under load, lose all else, and return what was sent: only what must be in it is acknowledged."""
    parts = stage.new_parts()
    environment = {**stage.settings(parts), "DATABASE_URL": stage.new_sqlite()}
    manage(environment, "migrate_cassandra")
    place = stage.new_directory("backups")
    service = stage.new_service(environment)
    with Load(service.url, senders=SENDERS) as load:
        time.sleep(SECONDS)
        certain = {sent.text for sender in load.senders for sent in list(sender.sent) if sent.is_acknowledged}
        manage(environment, "backup", str(place))
    service.stop()
    parts.remove()
    (backup,) = place.iterdir()
    sent = [sent for sender in load.senders for sent in sender.sent]
    return load, backup, [one if one.text in certain else Sent(one.sender, one.text, UNANSWERED) for one in sent]


TRIALS = [
    Trial(
        "restores",
        "All is lost, and a backup that was made under load is restored into empty parts",
        restore,
        counted_from="the loss",
    )
]
