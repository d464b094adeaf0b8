"""`manage.py look_up`: see the class."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from accounts.management.people import get_person, get_subject
from chatsystem.limits import DEFAULT_PAGE_SIZE, EVIDENCE_CONTEXT
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment, quoted
from messaging.services.inspection import Inspected, Span
from messaging.types import Cursor
from moderation.services.lookup import look_up_around, look_up_message, look_up_pair, look_up_person


class Command(LeverCommand):
    """Shows what people wrote, for a reason. The audit log then tells who looked at what and why.

    With --dry-run it shows nothing: it only says whether there are such people. What was reported is shown by
    `manage.py case show`.
    """

    help = __doc__ or ""
    permissions: ClassVar = dict.fromkeys(("message", "around", "person", "pair"), ("moderation.look_up_messages",))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which messages."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        for name in ("message", "around"):
            one = what.add_parser(name)
            one.add_argument("message_id", type=UUID)
            one.add_argument("--of", required=True, metavar="NAME", help="either of its two people, or their id")
            add_options(one)
        one.add_argument("--each-side", type=int, default=EVIDENCE_CONTEXT, help="messages before it, and after it")
        for name in ("person", "pair"):
            one = what.add_parser(name)
            one.add_argument("name")
            if name == "pair":
                one.add_argument("peer")
            one.add_argument("--since", type=moment)
            one.add_argument("--until", type=moment)
            one.add_argument("--before", type=UUID, metavar="ID", help="what `older` of the page before says")
            one.add_argument("--limit", type=int, default=DEFAULT_PAGE_SIZE)
            add_options(one)

    def act(self, *, what: str, dry_run: bool, reason: str, **options: Any) -> Outcome:
        """Look."""
        if what in {"message", "around"}:
            person, peer = get_person(options["of"]), None
        else:
            person = get_subject(options["name"], by=self.operator)
            peer = get_subject(options["peer"], by=self.operator) if what == "pair" else None
        if dry_run:
            return Outcome({"name": person.username}, "messages would be shown, and the look written down.")
        who: dict[str, Any] = {"person": person, "actor": self.actor, "reason": reason}
        if what == "message":
            return _show([look_up_message(message_id=options["message_id"], **who)])
        if what == "around":
            return _show(look_up_around(message_id=options["message_id"], each_side=options["each_side"], **who))
        before = Cursor.at(options["before"], field="before") if options["before"] else None
        where = {"span": Span(options["since"], options["until"]), "before": before, "limit": options["limit"]}
        page = look_up_pair(peer=peer, **who, **where) if peer else look_up_person(**who, **where)
        return _show(page.messages, page.older)


def _show(messages: Sequence[Inspected], older: Cursor | None = None) -> Outcome:
    # A message's id: a place as URLs have it may begin with a dash, which a command takes for an option.
    place = older and older.message_id
    lines = [_in_a_line(found) for found in messages] or ["There is nothing."]
    if place:
        lines.append(f"Go on with --before {place}")
    return Outcome({"messages": [_as_object(found) for found in messages], "older": place}, "\n".join(lines))


def _as_object(found: Inspected) -> dict[str, Any]:
    message = found.message
    return {
        "id": message.id,
        "timestamp": message.timestamp,
        "sender_id": message.sender_id,
        "sender": message.sender,
        "recipient_id": message.recipient_id,
        "recipient": message.recipient,
        "content": message.content,
        "reply_to": message.reply_to,
        "edited_at": message.edited_at,
        "redacted_at": message.redacted_at,
        "removed_by": sorted(map(str, found.removed_by)),
    }


def _in_a_line(found: Inspected) -> str:
    message = found.message
    marks = [f"removed by {one}" for one in sorted(map(str, found.removed_by))]
    marks += ["edited"] if message.edited_at else []
    marks += ["redacted"] if message.redacted_at else []
    people = f"{message.sender or message.sender_id} to {message.recipient or message.recipient_id}"
    return f"{message.timestamp}  {message.id}  {people}: {quoted(message.content)} {'; '.join(marks)}".rstrip()
