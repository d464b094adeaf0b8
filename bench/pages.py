"""Pages as a browser asks for them, one request at a time, so that the CPU time is theirs alone."""

from urllib.parse import urldefrag

from bench.data import browser_cookie, fill_list, make_person, send
from bench.load import Figures, load
from bench.report import Aim, Report
from bench.servers import Server
from chatsystem.limits import DEFAULT_CONVERSATIONS, DEFAULT_PAGE_SIZE
from messaging.pages.addresses import address_of_conversation
from messaging.services.finding import get_conversation

ROUNDS = 3  # of each, turn by turn


def measure(report: Report, service: Server) -> None:
    """Measure the inbox and a conversation into `report`."""
    reader, peer = make_person("pages"), make_person("pages' peer")
    send(reader, peer, DEFAULT_PAGE_SIZE // 2)
    send(peer, reader, DEFAULT_PAGE_SIZE // 2)
    fill_list(reader, read=DEFAULT_CONVERSATIONS - 1, unread=0)
    cookie = browser_cookie(reader)
    conversation = address_of_conversation(get_conversation(owner=reader, username=peer.username))
    cases = {
        f"inbox of {DEFAULT_CONVERSATIONS}, as a page": ("/inbox", 4.0),
        f"conversation of {DEFAULT_PAGE_SIZE}, as a page": (urldefrag(conversation).url, 6.0),
    }
    rounds: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (path, _most) in cases.items():
            rounds[name].append(load(service, path, cookie=cookie, connections=1))
    for name, (_path, most) in cases.items():
        figures = report.add(name, rounds[name])
        report.aims.append(Aim(f"{name}, CPU", figures.cpu / 1_000, "ms", at_most=most))
