"""What clients do between whiles: asking for news where there is none, and searching far back."""

import time
from statistics import median

from accounts.models import User
from bench.data import access_token, fill_inbox, make_person
from bench.load import Figures, load
from bench.report import Aim, Report
from bench.servers import Server
from chatsystem.limits import SEARCH_ROWS
from messaging.services.search import search_messages
from messaging.services.sync import begin

ROUNDS = 3  # of each, turn by turn
SEARCHES = 5


def measure(report: Report, service: Server, reader: User, peer: User) -> None:
    """Measure both into `report`."""
    _nothing_new(report, service, reader)
    _search(report, peer)


def _nothing_new(report: Report, service: Server, reader: User) -> None:
    token, since = access_token(reader), begin().next.encode(reader.pk)
    paths = {
        "first page of 50, cached": "/api/v1/messages/?page=1&pageSize=50",
        "sync with nothing new": f"/api/v1/sync?since={since}",
    }
    rounds: dict[str, list[Figures]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, path in paths.items():
            rounds[name].append(load(service, path, token=token))
    page, nothing = (report.add(name, figures) for name, figures in rounds.items())
    report.aims.append(
        Aim("sync with nothing new / cached page, requests/s", nothing.rate / page.rate, "x", at_least=1)
    )


def _search(report: Report, peer: User) -> None:
    """Look for what is nowhere, in this process, one search at a time."""
    owner = make_person("searcher")
    fill_inbox(owner, peer, SEARCH_ROWS)
    spent = []
    for _ in range(SEARCHES):
        began = time.process_time()
        found = search_messages(owner=owner, text="no such words")
        spent.append((time.process_time() - began) * 1_000)
        assert not found.messages  # noqa: S101  (else it ended early and the figure is of something else)
    report.aims.append(Aim(f"search back over {SEARCH_ROWS:,} messages, CPU", median(spent), "ms", at_most=300))
