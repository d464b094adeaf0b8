"""The audit log as a file, a line at a time, of any size."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from django.db import transaction

from chatsystem.audit.actions import Action
from chatsystem.audit.chain import HASHED, canonical, in_utc
from chatsystem.audit.entries import ALL, Filters, are_more_than, walk
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import InvalidQuery

COLUMNS = (*HASHED, "hash")
# A spreadsheet takes a cell that begins so for a formula; behind an apostrophe it's text. What ends a cell is a setting
# of whoever opens the file, and our quotes hold only where that's the comma: so one may begin behind whatever may end
# the one before, and blanks and quotes that follow (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA = re.compile(r"""((?:^|[;,\t\r\n])[\s"]*)(?=[=+\-@])""")
ENDS = ("\t", "\r", "\n")  # which some programs take away first


def export_entries(
    *, actor: Actor, form: str, filters: Filters = ALL, reason: str = "", at_most: int | None = None
) -> Iterator[str]:
    """Return the entries that `filters` want, in order, as lines of a form in `FORMS`; who wants them is recorded.

    The file ends with the entries that there were before: what is written meanwhile belongs to the next one. Raises
    `InvalidQuery` where it would have more than `at_most` entries: then nothing is recorded.
    """
    if at_most is not None and are_more_than(at_most, filters=filters):
        raise InvalidQuery(
            f"These are more than {at_most:,} entries, which is as many as a page hands out. Narrow them down by the"
            " list's filters, or have manage.py audit_export write the file: it takes any number."
        )
    lines = FORMS[form]
    wanted = {name: value for name, value in asdict(filters).items() if value}
    with transaction.atomic():
        target = Target("audit", "", form)
        own = record(actor=actor, action=Action.AUDIT_EXPORTED, target=target, after={"filters": wanted}, reason=reason)
    return lines(walk(filters, up_to=own.number - 1))


def count_wanted(*, filters: Filters = ALL) -> int:
    """Return how many entries `export_entries` would; for who asks before, since it looks at all of them."""
    return filters.apply().count()


def as_csv(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Return a line of names, then one for each entry; JSON stands in its cells as text."""
    yield _csv_line(COLUMNS)
    for entry in entries:
        values = _values(entry)
        yield _csv_line([_cell(values[name]) for name in COLUMNS])


def as_ndjson(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Return an object a line; from its values, without `hash`, anybody can compute `hash` anew."""
    for entry in entries:
        yield json.dumps(_values(entry), ensure_ascii=True) + "\n"


def _values(entry: AuditEntry) -> dict[str, Any]:
    return {name: in_utc(entry.at) if name == "at" else getattr(entry, name) for name in COLUMNS}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical(value)
    text = FORMULA.sub(r"\1'", text)
    return f"'{text}" if text.startswith(ENDS) else text


def _csv_line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


FORMS: dict[str, Callable[[Iterator[AuditEntry]], Iterator[str]]] = {"csv": as_csv, "ndjson": as_ndjson}
