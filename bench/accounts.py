"""What it costs to know who asks, and whether the time of a log-in tells who exists."""

import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median

from django.conf import settings
from django.test import override_settings

from accounts.models import Session, User
from accounts.services.login import log_in
from accounts.services.recognition import recognise
from accounts.services.sessions import start_session
from accounts.tokens import issue_access_token, read_access_token
from bench.report import Aim, Report
from chatsystem.errors import InvalidLogin
from chatsystem.rate_limits import policies

TIMES = 2_000
ROUNDS = 5
TRIES = 60  # of each kind of log-in; a hash takes 15 ms
ENDLESS = 1_000_000, 86_400  # a limit that nobody meets


def measure(report: Report, person: User) -> None:
    """Measure in this process, one call at a time: CPU time where it is about cost, turn by turn."""
    _recognition(report, person)
    _log_ins(report, person)


def _recognition(report: Report, person: User) -> None:
    session = start_session(person=person, kind=Session.Kind.API, device="bench", address=None)
    token = issue_access_token(person, session.pk)

    def ask(policy: policies.Policy | None) -> object:
        return recognise(person_id=person.pk, session_id=session.pk, address=None, policy=policy)

    with override_settings(RATE_LIMITS_ENABLED=True, RATE_LIMITS=dict.fromkeys(settings.RATE_LIMITS, ENDLESS)):
        token_alone, with_session, with_limit = _cpu_in_turn(
            lambda: read_access_token(token),
            lambda: (read_access_token(token), ask(None)),
            lambda: (read_access_token(token), ask(policies.READ)),
        )
    report.aims.append(Aim("a token alone, CPU", token_alone, "us"))
    report.aims.append(Aim("session check above a token alone, CPU", with_session - token_alone, "us", at_most=150))
    report.aims.append(Aim("limit above that, CPU", with_limit - with_session, "us", at_most=80))


def _log_ins(report: Report, person: User) -> None:
    def fail(username: str) -> float:
        began = time.perf_counter()
        with suppress(InvalidLogin):
            log_in(username=username, password="not the password")  # noqa: S106  (nobody's)
        return time.perf_counter() - began

    with override_settings(RATE_LIMITS_ENABLED=False):
        known, unknown = [], []
        for number in range(TRIES):
            known.append(fail(person.username))
            unknown.append(fail(f"nobody{number}"))
    ratio = median(unknown) / median(known)
    report.aims.append(Aim("failed log-in, unknown name / known name", ratio, "x", at_least=0.9, at_most=1.1))


def _cpu_in_turn(*calls: Callable[[], object]) -> list[float]:
    """Return the CPU time of each call in microseconds: the median of rounds, turn by turn."""
    rounds: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, found in zip(calls, rounds, strict=True):
            began = time.process_time()
            for _ in range(TIMES):
                call()
            found.append((time.process_time() - began) / TIMES * 1e6)
    return [median(found) for found in rounds]
