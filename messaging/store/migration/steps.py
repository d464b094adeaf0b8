"""Numbered steps, as their files say: `0001_what_it_does.cql`. See `messaging/cql/README.md`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from messaging.store.migration.errors import InvalidStep

FOLDER = Path(__file__).resolve().parent.parent.parent / "cql"

NAME = re.compile(r"(\d{4})_[a-z0-9_]+")
DOWN = re.compile(r"--\s*down\s*", re.IGNORECASE)
# A semicolon ends a statement unless it stands in a text, a name, a function's body or a comment.
TOKEN = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|[^'"$\-/;]+)"""
    r"|(?P<comment>--[^\n]*|//[^\n]*|/\*.*?\*/)"
    r"|(?P<end>;)"
    r"|(?P<other>.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """One file: the statements that bring the keyspace up, in order, and those that undo them, if it has such."""

    number: int
    name: str
    statements: tuple[str, ...]
    down: tuple[str, ...] | None

    def checksum(self, count: int | None = None) -> str:
        """Return the checksum of the first `count` statements, or of all. Comments and the way down don't count."""
        return sha256("\0".join(self.statements[:count]).encode()).hexdigest()


def read_steps(folder: Path | None = None) -> list[Step]:
    """Return the steps of a folder (ours by default) in order. Raises `InvalidStep`, also for gaps and doubles."""
    folder = folder or FOLDER
    try:
        steps = [read_step(path) for path in sorted(folder.iterdir()) if path.suffix == ".cql"]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidStep(f"The steps in {folder} can't be read: {error}.") from error
    for expected, step in enumerate(steps, start=1):
        if step.number < expected:
            raise InvalidStep(f"{steps[expected - 2].name} and {step.name} have the same number.")
        if step.number > expected:
            raise InvalidStep(f"There is no step {expected:04}, though there is {step.name}.")
    return steps


def read_step(path: Path) -> Step:
    """Return the step in a file. Raises `InvalidStep`."""
    name = NAME.fullmatch(path.stem)
    if not name or not int(name[1]):
        raise InvalidStep(f"{path.name} is no step's name: those are like 0001_what_it_does.cql.")
    text = path.read_text(encoding="utf-8")
    if not re.match(r"--[ \t]*\w", text) or DOWN.fullmatch(text.partition("\n")[0]):
        raise InvalidStep(f"{path.name} doesn't begin with a comment that says what it does and why.")
    up, *down = (tuple(_statements(section)) for section in _sections(text))
    if not up or () in down:
        raise InvalidStep(f"{path.name} has a section without statements.")
    if len(down) > 1:
        raise InvalidStep(f"{path.name} has more than one way down.")
    return Step(int(name[1]), path.stem, up, down[0] if down else None)


Tokens = Sequence[re.Match[str]]


def _sections(text: str) -> Iterator[Tokens]:
    """Split at `-- down`."""
    section: list[re.Match[str]] = []
    for token in TOKEN.finditer(text):
        if token.lastgroup == "comment" and DOWN.fullmatch(token[0]):
            yield section
            section = []
        else:
            section.append(token)
    yield section


def _statements(tokens: Tokens) -> Iterator[str]:
    """Split at semicolons, without comments."""
    statement = ""
    for token in tokens:
        if token.lastgroup == "end":
            if statement.strip():
                yield statement.strip()
            statement = ""
        elif token.lastgroup == "comment":
            statement += " "
        else:
            statement += token[0]
    if statement.strip():
        yield statement.strip()
