"""Pages of the admin and the audit log, with few people and entries and with very many: turn by turn, in one run."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from django.core.management import call_command
from django.db import models, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from bench.databases import using
from bench.report import Aim, Report
from chatsystem.audit.actions import Action
from chatsystem.audit.chain import hash_of
from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "100000"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
FEW = 100  # people, with ten entries about each as the many have
ROUNDS = 30  # of each page, turn by turn
AT_ONCE = 5_000  # rows in one statement
ACTIONS = [Action.PERSON_SUSPENDED, Action.SESSIONS_ENDED, Action.MESSAGES_LOOKED_UP, Action.LIMITS_CLEARED]
COUNTS = {"overview"}  # its figures are of all people
PASSWORD = "correct horse battery"  # noqa: S105  (nobody's)


def measure(report: Report, directory: Path) -> None:
    """Measure into `report`: pages of both databases, and verifying the larger one's audit log."""
    logging.getLogger("chatsystem.requests").setLevel(logging.WARNING)
    sizes = {"few": (FEW, FEW * ENTRIES // PEOPLE), "many": (PEOPLE, ENTRIES)}
    urls = {name: f"sqlite:///{directory}/{name}.sqlite3" for name in sizes}
    browsers = {}
    for name, (people, entries) in sizes.items():
        with using(urls[name]):
            call_command("migrate", verbosity=0)
            browsers[name] = fill(people, entries)
    with override_settings(ALLOWED_HOSTS=["*"], RATE_LIMITS_ENABLED=False):
        for title, path in pages().items():
            times: dict[str, list[float]] = {name: [] for name in sizes}
            for _ in range(ROUNDS):
                for name, browser in browsers.items():
                    with using(urls[name]):
                        times[name].append(_seconds(browser, path))
            few, many = (median(times[name]) for name in sizes)
            report.aims.append(Aim(f"{title}: {PEOPLE:,} people, {ENTRIES:,} entries", many * 1_000, "ms"))
            most = None if title in COUNTS else 1.5
            report.aims.append(Aim(f"{title}: that / {FEW} people", many / few, "x", at_most=most))
    _verify(report, urls["many"])


def pages() -> dict[str, str]:
    """Return the pages by their titles. Both databases have these people, and in both they joined first."""
    people, log = "/admin/accounts/user/", "/admin/chatsystem/auditentry/"
    one = person_id(7)
    return {
        "overview": "/admin/",
        "people": people,
        "people, the oldest page": f"{people}?before={person_id(40)}",
        "people by the beginning of a name": f"{people}?q=bench00000",
        "people by id": f"{people}?q={one}",
        "people by e-mail address": f"{people}?q=bench000007@example.org",
        "suspended people": f"{people}?status=suspended",
        "operators": f"{people}?status=operators",
        "a person": f"{people}{one}/change/",
        "audit log": log,
        "audit log, the oldest page": f"{log}?before=40",
        "audit log of one action": f"{log}?action={ACTIONS[0]}",
        "audit log by a person": f"{log}?by={one}",
        "audit log about a person": f"{log}?about={one}",
        "audit log of long ago": f"{log}?until=2020-01-02",
    }


def person_id(number: int) -> UUID:
    """Return the id of one of the people."""
    return UUID(int=number + 1)


def fill(people: int, entries: int) -> Client:
    """Make so many people and entries, and return a browser of an operator."""
    owner = User.objects.create_superuser("benchowner", PASSWORD)
    began = timezone.now() - timedelta(days=2_000)
    for numbers in _groups(people):
        User.objects.bulk_create(_person(number, began) for number in numbers)
    with transaction.atomic():
        record(actor=Actor.of(owner), action=ACTIONS[0], target=Target.of(owner))
    _append(entries, people)
    browser = Client(headers={"X-Forwarded-Proto": "https"})
    with override_settings(ALLOWED_HOSTS=["*"]):
        form = {"username": owner.username, "password": PASSWORD, "next": "/admin/"}
        assert browser.post("/admin/login/", form, secure=True).status_code == 302  # noqa: S101  (or nothing is measured)
    return browser


def _groups(number: int) -> Iterable[range]:
    return (range(first, min(first + AT_ONCE, number)) for first in range(0, number, AT_ONCE))


def _person(number: int, began: datetime) -> User:
    name = f"bench{number:06}"
    return User(
        id=person_id(number),
        username=name,
        username_key=name,
        email=f"{name}@example.org",
        email_key=f"{name}@example.org",
        password="!",  # noqa: S106  (nobody has it)
        date_joined=began + timedelta(minutes=number),
        suspended_at=began if number == 7 else None,
    )


def _append(entries: int, people: int) -> None:
    """Go on with the chain as `record` does, but with many entries a statement; the triggers look at each."""
    head = AuditHead.objects.get()
    for numbers in _groups(entries):
        made = list(_entries(head, numbers, people))
        with transaction.atomic():
            models.QuerySet.bulk_create(AuditEntry.objects.all(), made)
            head.move_to(made[-1])


def _entries(head: AuditHead, numbers: Iterable[int], people: int) -> Iterable[AuditEntry]:
    previous, at, first = head.hash, head.at, head.number
    for each, number in enumerate(numbers, 1):
        about = person_id(number % people)
        entry = AuditEntry(
            number=first + each,
            at=at,
            actor_kind="person",
            actor_id=str(about),
            actor_name="somebody",
            action=ACTIONS[number % len(ACTIONS)].value,
            target_kind="person",
            target_id=str(about),
            target_name="somebody else",
            after={"ended_sessions": 1},
            reason="They asked for it.",
            previous=previous,
        )
        previous = entry.hash = hash_of(entry)
        yield entry


def _seconds(browser: Client, path: str) -> float:
    began = time.perf_counter()
    answer = browser.get(path, secure=True)
    taken = time.perf_counter() - began
    assert answer.status_code == 200, (path, answer.status_code)  # noqa: S101  (or nothing is measured)
    return taken


def _verify(report: Report, url: str) -> None:
    """Walk the whole chain in a process of its own, as operators do."""
    began = time.perf_counter()
    command = [sys.executable, "manage.py", "audit_verify"]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    taken = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0  # noqa: S101  (the log is whole)
    report.aims.append(Aim(f"audit_verify over {ENTRIES:,} entries", ENTRIES / taken, "entries/s"))
    report.aims.append(Aim("audit_verify, memory at most", used.ru_maxrss / 1_024, "MB", at_most=150))
