"""`python -m tests.moderation.at_once decide|link|report|all`: threads act at once, over whatever DATABASE_URL names.

Prints a JSON object with how that ended. A process of its own, since a test's own process has one database.
"""

import json
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import OperationalError, connections  # noqa: E402  (after the set-up)
from django.utils import timezone  # noqa: E402

from accounts.models import Link, User  # noqa: E402
from accounts.services import by_hand, emails, links, operators, passwords  # noqa: E402
from accounts.services.by_hand import change_person  # noqa: E402
from accounts.services.emails import remove_email  # noqa: E402
from accounts.services.operators import give_reset_link, suspend  # noqa: E402
from accounts.services.passwords import make_reset_link, reset_password  # noqa: E402
from chatsystem.audit.actions import Action  # noqa: E402
from chatsystem.audit.models import AuditEntry  # noqa: E402
from chatsystem.audit.recording import record  # noqa: E402
from chatsystem.audit.types import Actor  # noqa: E402
from chatsystem.errors import AnotherCaseOpen, CaseDecided, CaseUndecided  # noqa: E402
from messaging.services.one_message import get_message  # noqa: E402
from messaging.services.sending import send_message  # noqa: E402
from moderation.models import Case, Report  # noqa: E402
from moderation.models.cases import OPEN_STATES  # noqa: E402
from moderation.services import evidence, roles  # noqa: E402
from moderation.services.cases import decide, reopen  # noqa: E402
from moderation.services.reports import report_message, report_person  # noqa: E402
from moderation.services.roles import grant_role  # noqa: E402

DECISIONS = ["nothing", "redact", "suspend"] * 4
REPORTERS = 12
# Who does what at once about one person, round by round: what takes the locks of both the person and the case.
ALL = ["report"] * 5 + ["suspend"] * 3 + ["nothing"] * 2 + ["reopen"] * 2
ROUNDS = 8
TRIES = 30  # to reopen what nobody has decided yet
SOON = 20  # seconds


def new_person() -> User:
    """Return somebody new."""
    return User.objects.create_user(new_name())


def new_name() -> str:
    """Return a name that nobody has."""
    return f"u{secrets.token_hex(7)}"


def at_once(number: int, do: Callable[[int], str]) -> list[str]:
    """Call `do` in so many threads with their numbers, and return what came of each."""

    def one(each: int) -> str:
        try:
            return do(each)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def decide_at_once() -> dict[str, Any]:
    """Moderators decide one case."""
    alice, bob = new_person(), new_person()
    sent = send_message(sender=alice, recipient=bob.username, content="Buy!")
    report_message(reporter=bob, message_id=sent.id, category="spam")
    case = Case.objects.get(message_id=sent.id)
    began = AuditEntry.objects.count()
    together = threading.Barrier(len(DECISIONS))

    def one(number: int) -> str:
        together.wait()
        try:
            actor = Actor("person", str(number), f"moderator {number}")
            decide(case_id=case.pk, decision=DECISIONS[number], actor=actor, reason="rule 1")
            return DECISIONS[number]
        except CaseDecided:
            return "told"

    ends = at_once(len(DECISIONS), one)
    case.refresh_from_db()
    alice.refresh_from_db()
    # Those who come second may have announced what they then don't do.
    entries = AuditEntry.objects.filter(number__gt=began).exclude(action=Action.REDACTION_BEGUN).order_by("number")
    return {
        "decision": case.decision,
        "winners": [end for end in ends if end != "told"],
        "told": ends.count("told"),
        "redacted": get_message(owner=bob, message_id=sent.id).content == "",
        "suspended": alice.is_suspended,
        "actions": list(entries.values_list("action", flat=True)),
    }


def report_at_once() -> dict[str, Any]:
    """People report one person: all begin to store their report at the same moment."""
    spammer, reporters = new_person(), [new_person() for _ in range(REPORTERS)]
    together = threading.Barrier(REPORTERS)

    def wait(**_: Any) -> evidence.Seen:
        together.wait()
        return []

    evidence.evidence_of_person = wait

    def one(number: int) -> str:
        report_person(reporter=reporters[number], username=spammer.username, category="spam")
        return "stored"

    ends = at_once(REPORTERS, one)
    cases = Case.objects.filter(person_id=spammer.pk)
    return {"ends": ends, "cases": cases.count(), "reports": Report.objects.filter(case__in=cases).count()}


def all_at_once() -> dict[str, Any]:
    """People report one person while moderators decide and reopen the case about them, in any order."""
    rounds = [all_in_one_round() for _ in range(ROUNDS)]
    return {name: [one[name] for one in rounds] for name in rounds[0]}


def all_in_one_round() -> dict[str, int]:
    spammer, people = new_person(), [new_person() for _ in ALL]
    evidence.evidence_of_person = lambda **_: []
    report_person(reporter=new_person(), username=spammer.username, category="spam")
    cases = Case.objects.filter(person_id=spammer.pk)
    (first,) = cases
    together = threading.Barrier(len(ALL))

    def wait(**_: Any) -> evidence.Seen:
        together.wait()
        return []

    evidence.evidence_of_person = wait

    def one(number: int) -> str:
        what: dict[str, Any] = {
            "case_id": first.pk,
            "actor": Actor("person", str(number), f"moderator {number}"),
            "reason": "rule 1",
        }
        if ALL[number] == "report":
            report_person(reporter=people[number], username=spammer.username, category="spam")
            return "stored"
        together.wait()
        for _ in range(TRIES):
            with suppress(CaseUndecided):
                try:
                    reopen(**what) if ALL[number] == "reopen" else decide(decision=ALL[number], **what)
                except (CaseDecided, AnotherCaseOpen):
                    return "told"
                return "done"
        return "told"

    ends = at_once(len(ALL), one)
    reports = Report.objects.filter(case__in=cases)
    return {
        "stored": ends.count("stored"),
        "reports": reports.count(),
        "open": cases.filter(state__in=OPEN_STATES).count(),
    }


def link_at_once() -> dict[str, Any]:
    """An operator makes a link while something else is done to the person; how that ended, by what was done."""
    operator = new_person()
    actor = Actor.of(operator)

    return {
        "suspend": link_while(lambda person, _: suspend(person=person, until=None, reason="spam", actor=actor)),
        "role": link_while(lambda person, _: grant_role(person=person, role="support", actor=actor, reason="new")),
        "rename": link_while(lambda person, _: change_person(person=person, username=new_name(), actor=actor)),
        "reset": link_while(lambda _, token: reset_password(token=token, new_password="another password")),
        "email": link_while(lambda person, _: remove_email(person=person)),
    }


def link_while(act: Callable[[User, str], object]) -> list[str]:
    """Make a link while `act` has begun: it holds the person, and goes on when the link only has to be committed.

    The person has two links already: one that `act` may use, and one that has expired and goes when a new one is made.
    """
    person = new_person()
    token = make_reset_link(person=person).rpartition("/")[2]
    person.links.create(
        purpose=Link.Purpose.RESET_PASSWORD,
        digest=secrets.token_hex(32),
        created_at=timezone.now() - timedelta(hours=2),
        expires_at=timezone.now() - timedelta(hours=1),
    )
    begun, linked = threading.Event(), threading.Event()

    def let_link() -> None:
        begun.set()
        assert linked.wait(SOON)

    def record_in_turn(**told: Any) -> AuditEntry:
        if told["action"] != Action.RESET_LINK_MADE:
            let_link()
            return record(**told)
        assert begun.wait(SOON)
        entry = record(**told)
        linked.set()
        return entry

    def end_links(**which: Any) -> None:
        let_link()
        links.end_links(**which)

    places: tuple[Any, ...] = (operators, roles, by_hand)
    for place in places:
        place.record = record_in_turn
    ending: tuple[Any, ...] = (passwords, emails, roles)
    for place in ending:
        place.end_links = end_links

    def one(number: int) -> str:
        try:
            if number:
                act(person, token)
            else:
                give_reset_link(person=person, actor=Actor("person", "1", "olga"))
        except OperationalError as error:
            return type(error.__cause__).__name__
        return "done"

    return at_once(2, one)


if __name__ == "__main__":
    things = {"decide": decide_at_once, "link": link_at_once, "report": report_at_once, "all": all_at_once}
    json.dump(things[sys.argv[1]](), sys.stdout)
