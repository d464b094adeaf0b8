"""What was acknowledged, what people are shown, and the comparison of the two.

A message is told from others by its text, which no other has: a sender never sends one text as two messages.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

ACKNOWLEDGED = 201
AWAY = 503
UNANSWERED = None  # the connection ended before an answer came


@dataclass(frozen=True)
class Finding:
    """Something that must not be: its kind, and what exactly."""

    kind: str  # lost, doubled, hidden, half there, altered, unknown, total, answer, or what a trial looks for
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass
class Sent:
    """A message as its sender knows it: the last answer, the id where one was given, the text that it has now."""

    sender: str
    text: str
    status: int | None = UNANSWERED
    id: str | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the sender was told that it is kept."""
        return self.status == ACKNOWLEDGED


@dataclass(frozen=True)
class View:
    """All that one person is shown in one way, as (id, text) in the order in which it came.

    It must have what `sender` wrote, what everybody wrote where that is None. Catching up may tell of a message more
    than once, with the same id.
    """

    name: str
    shown: Sequence[tuple[str, str]]
    sender: str | None = None
    may_repeat: bool = False
    total: int | None = None  # where the service counts it too

    def must_have(self, sent: Sent) -> bool:
        """Whether a message belongs here."""
        return self.sender in (None, sent.sender)


class Ledger:
    """Every message that was sent, whatever was answered."""

    def __init__(self, sent: Iterable[Sent] = ()) -> None:
        self.sent = list(sent)

    @property
    def acknowledged(self) -> list[Sent]:
        """Those that must be there."""
        return [sent for sent in self.sent if sent.is_acknowledged]

    def compare(self, views: Sequence[View]) -> list[Finding]:
        """Return what is wrong with what people are shown.

        What was not acknowledged may be there or not; but if one view has it, all must, once writes that were cut off
        have been finished: until then it is half there.
        """
        findings: list[Finding] = []
        places: list[set[int]] = []  # in the ledger, of what each view has
        ids: dict[int, set[str]] = defaultdict(set)  # by the place
        by_id = {sent.id: place for place, sent in enumerate(self.sent) if sent.id}
        by_text = {sent.text: place for place, sent in enumerate(self.sent)}
        for view in views:
            places.append(set())
            for message_id, text in view.shown:
                place = by_id.get(message_id, by_text.get(text))
                if place is None or not view.must_have(self.sent[place]):
                    findings.append(Finding("unknown", f"{view.name} has {message_id} ({text!r}), sent by nobody"))
                    continue
                if (sent := self.sent[place]).text != text:
                    findings.append(Finding("altered", f"{view.name} has {message_id} as {text!r}, not {sent.text!r}"))
                ids[place].add(message_id)
                places[-1].add(place)
            findings += _within(view)
        for place, sent in enumerate(self.sent):
            if len(ids[place]) > 1:
                findings.append(Finding("doubled", f"{sent.text!r} is there as {', '.join(sorted(ids[place]))}"))
            must = [
                (view.name, place in here) for view, here in zip(views, places, strict=True) if view.must_have(sent)
            ]
            findings += _missing(sent, must)
        return findings


def _within(view: View) -> Iterator[Finding]:
    """Tell of ids that one view has more than once, and of a count that is another one."""
    ids = Counter(message_id for message_id, _ in view.shown)
    for message_id, times in ids.items():
        if times > 1 and not view.may_repeat:
            yield Finding("doubled", f"{view.name} has {message_id} {times} times")
    if view.total is not None and view.total != len(ids):
        yield Finding("total", f"{view.name} shows {len(ids)} messages, and {view.total} are counted")


def _missing(sent: Sent, must: Sequence[tuple[str, bool]]) -> Iterator[Finding]:
    """Tell whether a message is missing everywhere, or in some of the views that must have it."""
    without = [name for name, has in must if not has]
    if sent.is_acknowledged and must and len(without) == len(must):
        yield Finding("lost", f"{sent.text!r} ({sent.id}) was acknowledged and is nowhere")
    elif without and len(without) < len(must):
        kind = "hidden" if sent.is_acknowledged else "half there"
        yield Finding(kind, f"{sent.text!r} ({sent.id}) is not in {', '.join(without)}")


def unexpected_answers(answers: Counter[int | None]) -> list[Finding]:
    """Tell of answers to sends that are neither 201 nor 503 nor the end of a connection."""
    return [
        Finding("answer", f"{times} sends were answered with {status}")
        for status, times in answers.items()
        if status not in (ACKNOWLEDGED, AWAY, UNANSWERED)
    ]
