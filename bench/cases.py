"""What is measured, against what."""

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from django_redis import get_redis_connection

from accounts.models import User
from bench import accounts, catching_up, operators, pages
from bench.data import CONTENT, access_token, fill_conversation, fill_inbox, fill_list, make_person
from bench.load import Figures, load, resident
from bench.report import Aim, Report
from bench.servers import Server, serving
from chatsystem.rate_limits.policies import POLICIES
from messaging import cache, ids
from messaging.api.serializers import show_numbered_page
from messaging.services.history import read_inbox, read_inbox_page
from messaging.services.sending import send_message
from messaging.store import timeline, totals, writing
from messaging.types import INBOX, Cursor, Message, Timeline, bucket_of

ROUNDS = 3  # of each pair, turn by turn
STEADY_PAUSE = 40  # ms between two requests of one of 4 connections: about 100 requests/s
LARGE = int(os.environ.get("BENCH_LARGE", "100000"))  # messages
API = "/api/v1"
LIMITS = [policy.variable for policy in POLICIES]  # counted as always, and never met
SOON = Cursor(ids.id_at(datetime.now(UTC) + timedelta(hours=6))).encode()  # newest pages by it are not cached
CACHED, UNCACHED = f"{API}/messages/?page=1&pageSize=50", f"{API}/messages/?limit=50&before={SOON}"


def measure(report: Report, directory: Path) -> None:
    """Measure everything into `report`."""
    reader, writer, peer = make_person("reader"), make_person("writer"), make_person("peer")
    accounts.measure(report, reader)  # while nothing else keeps the parts busy
    fill_inbox(reader, peer, 1_000)
    fill_conversation(reader, peer, 1_000)
    fill_list(reader, read=20, unread=5)
    page = show_numbered_page(read_inbox_page(owner=reader, number=1, size=50))
    (directory / "page.json").write_bytes(page)
    get_redis_connection("default").set("bench:page", page)
    environment = {"BENCH_RECIPIENT": str(peer.pk), **dict.fromkeys(LIMITS, "1000000/86400")}
    with (
        serving("chatsystem.wsgi", environment, settings="chatsystem.settings") as service,
        serving("bench.floor.wsgi", environment, settings="bench.floor.settings") as floor,
    ):
        _reads(report, service, floor, access_token(reader))
        _conversations(report, service, access_token(reader), peer)
        _places(report, service, peer)
        catching_up.measure(report, service, reader, peer)
        pages.measure(report, service)
        _sends(report, service, floor, access_token(writer), peer)
        _login(report, service, reader)
        report.aims.append(Aim("memory of a worker", max(map(resident, service.workers())), "MB", at_most=90))
    _driver(report, reader, peer)
    _growth(report, peer)
    operators.measure(report, directory)


def _reads(report: Report, service: Server, floor: Server, token: str) -> None:
    bare, cached, drf_cached = _in_turn(
        report,
        token,
        {
            "floor: a bare Django view, the same bytes": (floor, "/bare"),
            "first page of 50, cached": (service, CACHED),
            "floor: DRF, token, one request to Redis": (floor, "/cached"),
        },
    )
    report.aims.append(Aim("cached page / bare view, requests/s", cached.rate / bare.rate, "x", at_least=0.30))
    report.aims.append(Aim("cached page / DRF with token and Redis", cached.rate / drf_cached.rate, "x", at_least=0.75))
    drf, ours = _in_turn(
        report,
        token,
        {
            "floor: DRF, token, the same prepared read": (floor, "/read"),
            "first page of 50, not cached": (service, UNCACHED),
        },
    )
    report.aims.append(Aim("page not cached / DRF with the same read", ours.rate / drf.rate, "x", at_least=0.75))
    for path, name in ((CACHED, "first page of 50, cached"), (UNCACHED, "first page of 50, not cached")):
        report.add(name, [load(service, path, token=token, connections=1)])
        report.add(f"{name}, fixed rate", [load(service, path, token=token, connections=4, pause=STEADY_PAUSE)])


def _conversations(report: Report, service: Server, token: str, peer: User) -> None:
    conversation = f"{API}/conversations/{peer.username}/messages"
    inbox, ours, cold_inbox, cold = _in_turn(
        report,
        token,
        {
            "first page of 50, cached": (service, CACHED),
            "conversation's page of 50, cached": (service, conversation),
            "first page of 50, not cached": (service, UNCACHED),
            "conversation's page of 50, not cached": (service, f"{conversation}?limit=50&before={SOON}"),
        },
    )
    report.aims.append(Aim("conversation's page / inbox's, cached", ours.rate / inbox.rate, "x", at_least=0.9))
    report.aims.append(Aim("conversation's page / inbox's, not cached", cold.rate / cold_inbox.rate, "x", at_least=0.9))
    listed = f"{API}/conversations/?limit=25"
    report.add("list of 25 conversations, cached", [load(service, listed, token=token)])
    name = "list of 25 conversations with 5 unread, not cached"
    report.add(name, [load(service, f"{listed}&before={SOON}", token=token)])
    alone = report.add(name, [load(service, f"{listed}&before={SOON}", token=token, connections=1)])
    report.aims.append(Aim(f"{name}, p50", alone.p50, "ms", at_most=10))


def _sends(report: Report, service: Server, floor: Server, token: str, peer: User) -> None:
    body = {"recipient": peer.username, "content": CONTENT}
    drf, ours = _in_turn(
        report,
        token,
        {
            "floor: DRF, token, the same logged batch": (floor, "/send"),
            "send": (service, f"{API}/messages/send"),
        },
        body=body,
    )
    report.aims.append(Aim("send / DRF with the same batch", ours.rate / drf.rate, "x", at_least=0.75))
    path = f"{API}/messages/send"
    plain, keyed = [], []
    for _ in range(ROUNDS):
        plain.append(load(service, path, token=token, body=body))
        keyed.append(load(service, path, token=token, body=body, keys=True))
    ratio = report.add("send", plain).rate / report.add("send with a key", keyed).rate
    report.aims.append(Aim("send without a key / with one, requests/s", ratio, "x", at_most=2.0))
    report.add("send", [load(service, path, token=token, body=body, connections=1)])
    report.add("send, fixed rate", [load(service, path, token=token, body=body, connections=4, pause=STEADY_PAUSE)])


def _login(report: Report, service: Server, person: User) -> None:
    body = {"username": person.username, "password": "correct horse battery"}
    figures = report.add("log-in", [load(service, f"{API}/auth/login", body=body, connections=4)])
    report.aims.append(Aim("log-in, CPU", figures.cpu / 1_000, "ms", at_least=15, at_most=25))


def _in_turn(report: Report, token: str, cases: dict[str, tuple[Server, str]], *, body: object = None) -> list[Figures]:
    """Measure several cases turn by turn, so that the machine's moods meet all of them."""
    rounds: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (server, path) in cases.items():
            rounds[name].append(load(server, path, token=token, body=body, connections=8))
    return [report.add(name, figures) for name, figures in rounds.items()]


def _driver(report: Report, reader: User, peer: User) -> None:
    """The driver alone, in this process, one request at a time."""

    def read() -> None:
        timeline.NEWEST.run(reader.pk, INBOX, bucket_of(ids.new_id()), 51)

    def send() -> None:
        writing.append(Message(ids.new_id(), reader.pk, "reader", peer.pk, "peer", CONTENT))

    for name, call in (("the driver alone: 50 rows", read), ("the driver alone: a send's batch", send)):
        report.add(name, [_repeat(call, 500)])


def _repeat(call: Callable[[], object], times: int) -> Figures:
    call()
    cpu, durations = time.process_time(), []
    for _ in range(times):
        began = time.perf_counter()
        call()
        durations.append((time.perf_counter() - began) * 1_000)
    cpu = time.process_time() - cpu
    durations.sort()
    p50, p95, p99 = (durations[int(times * part)] for part in (0.50, 0.95, 0.99))
    return Figures(1, times / sum(durations) * 1_000, p50, p95, p99, cpu / times * 1e6, failed=0)


def _places(report: Report, service: Server, peer: User) -> None:
    """Pages at random places of ten years, and the newest page, turn by turn."""
    owner = make_person("ten years")
    fill_inbox(owner, peer, LARGE, years=10)
    token = access_token(owner)
    rng = random.Random(0)  # noqa: S311  (a measure, not a secret)
    rounds: dict[str, list[Figures]] = {"newest page": [], "page around": [], "page by date": []}
    for _ in range(2 * ROUNDS):
        moments = [datetime.now(UTC) - timedelta(days=rng.uniform(30, 3_600)) for _ in range(2)]
        around = f"{API}/messages/?limit=50&around={Cursor(ids.id_at(moments[0])).encode()}"
        date = f"{API}/messages/?limit=50&date={moments[1]:%Y-%m-%d}&tz=Europe/Berlin"
        for name, path in zip(rounds, (UNCACHED, around, date), strict=True):
            rounds[name].append(load(service, path, token=token))
    newest, *others = (report.add(f"{LARGE:,} in ten years: {name}", figures) for name, figures in rounds.items())
    for name, one in zip(("around", "by date"), others, strict=True):
        what = f"{LARGE:,} in ten years: newest page / page {name}, requests/s"
        report.aims.append(Aim(what, newest.rate / one.rate, "x", at_most=1.5))


def _growth(report: Report, peer: User) -> None:
    """The same work on a small and on a large inbox, in turn; the ratio of medians."""
    small, large = make_person("small"), make_person("large")
    fill_inbox(small, peer, 100)
    fill_inbox(large, peer, LARGE)

    def first_page(owner: User) -> None:
        cache.forget([owner.pk])
        read_inbox_page(owner=owner, number=1, size=50)

    work: dict[str, Callable[[User], object]] = {
        "page of 50": lambda owner: read_inbox(owner=owner, limit=50),
        "numbered page with its total": first_page,
        "total": lambda owner: totals.read_total(Timeline(owner.pk)),
        "send": lambda owner: send_message(sender=peer, recipient=owner.username, content=CONTENT),
    }
    for name, call in work.items():
        durations: dict[str, list[float]] = {small.username: [], large.username: []}
        for _ in range(400):
            for owner in (small, large):
                began = time.perf_counter()
                call(owner)
                durations[owner.username].append(time.perf_counter() - began)
        ratio = median(durations[large.username]) / median(durations[small.username])
        report.aims.append(Aim(f"inbox of {LARGE:,} / of 100: {name}", ratio, "x", at_most=1.1))
