"""`manage.py case`: see the class."""

from argparse import ArgumentParser
from typing import Any, ClassVar
from uuid import UUID

from accounts.management.people import check_may_act_on, get_person
from accounts.models import User
from chatsystem.errors import Forbidden
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment, quoted
from moderation.models import Case, Evidence
from moderation.services import cases
from moderation.services.lookup import REPORTS_AT_ONCE, ReportFile, look_up_case


class Command(LeverCommand):
    """Works through what people reported: list, show, assign, note, decide, reopen.

    Evidence is shown for a reason, and the audit log then tells who looked.
    """

    help = __doc__ or ""
    permissions: ClassVar = {
        "list": ["moderation.view_case"],
        "show": [
            "moderation.view_case",
            "moderation.view_report",
            "moderation.view_note",
            "moderation.look_up_messages",
        ],
        **dict.fromkeys(("assign", "note", "decide", "reopen"), (cases.MAY_DECIDE,)),
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do with which case."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        listing = what.add_parser("list")
        listing.add_argument("--state", choices=Case.State.values)
        listing.add_argument("--about", metavar="NAME", help="whom they are about")
        listing.add_argument("--assignee", metavar="NAME", help="who looks after them")
        listing.add_argument("--before", type=int, metavar="NUMBER", help="what `older` of the page before says")
        listing.add_argument("--limit", type=int, default=cases.DEFAULT_LIMIT)
        add_options(listing, reason=False)
        for name in ("show", "assign", "note", "decide", "reopen"):
            one = what.add_parser(name)
            one.add_argument("number", type=int)
            getattr(self, f"_take_{name}", lambda _: None)(one)
            add_options(one, reason=name != "note")

    def _take_show(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", type=UUID, metavar="ID", help="what `later` of the page before says")
        parser.add_argument("--limit", type=int, default=REPORTS_AT_ONCE)

    def _take_assign(self, parser: ArgumentParser) -> None:
        to = parser.add_mutually_exclusive_group(required=True)
        to.add_argument("--to", metavar="NAME", help="who looks after it")
        to.add_argument("--to-nobody", action="store_true", help="open it for all again")

    def _take_note(self, parser: ArgumentParser) -> None:
        parser.add_argument("words")

    def _take_decide(self, parser: ArgumentParser) -> None:
        parser.add_argument("decision", choices=Case.Decision.values)
        parser.add_argument("--until", type=moment, help="the suspension's end; by default it has none")

    def act(self, *, what: str, **options: Any) -> Outcome:
        """Do it."""
        outcome: Outcome = getattr(self, f"_{what}")(**options)
        return outcome

    def _list(self, *, about: str | None, assignee: str | None, state: str | None, **options: Any) -> Outcome:
        page = cases.list_cases(
            states=[state] if state else [],
            person_id=get_person(about).pk if about else None,
            assignee=get_person(assignee) if assignee else None,
            hidden_from=self.operator,
            before=options["before"],
            limit=options["limit"],
        )
        lines = [_in_a_line(case) for case in page.cases] or ["There are none."]
        if page.older:
            lines.append(f"Go on with --before {page.older}")
        return Outcome({"cases": [_as_object(case) for case in page.cases], "older": page.older}, "\n".join(lines))

    def _show(self, *, number: int, reason: str, dry_run: bool, **options: Any) -> Outcome:
        if dry_run:
            case = cases.get_case(case_id=number, actor=self.actor)
            return Outcome({"case": case.pk}, f"case {case.pk} would be shown, and the look written down.")
        where = {"after": options["after"], "limit": options["limit"]}
        file = look_up_case(case_id=number, actor=self.actor, reason=reason, **where)
        notes = [
            {"author": one.author, "words": one.words, "created_at": one.created_at} for one in file.case.notes.all()
        ]
        lines = [_in_a_line(file.case)]
        lines += [f"note by {note['author']}: {quoted(str(note['words']))}" for note in notes]
        lines += [line for one in file.reports for line in _lines_of(one)]
        if file.later:
            lines.append(f"Go on with --after {file.later}")
        report = {
            "case": _as_object(file.case),
            "notes": notes,
            "reports": [_report(one) for one in file.reports],
            "later": file.later,
        }
        return Outcome(report, "\n".join(lines))

    def _assign(self, *, number: int, to: str | None, reason: str, **_: Any) -> Outcome:
        moderator = get_person(to) if to else None
        return _changed(cases.assign(case_id=number, to=moderator, actor=self.actor, reason=reason))

    def _note(self, *, number: int, words: str, **_: Any) -> Outcome:
        note = cases.add_note(case_id=number, words=words, actor=self.actor)
        return Outcome({"case": number, "note": note.pk}, f"A note was written on case {number}.")

    def _decide(self, *, number: int, decision: str, until: Any, reason: str, dry_run: bool, **_: Any) -> Outcome:
        self._check_may_decide(number, decision)
        given = {"actor": self.actor, "reason": reason, "until": until, "dry_run": dry_run}
        return _changed(cases.decide(case_id=number, decision=decision, **given))

    def _check_may_decide(self, number: int, decision: str) -> None:
        """Raise `Forbidden` where the admin would not offer the decision to whom `--as` names."""
        if self.operator is None:
            return
        if not self.operator.has_perms(cases.NEEDED[decision]):
            raise Forbidden(f"{self.operator.username} may not {Case.Decision(decision).label}.")
        person_id = cases.get_case(case_id=number, actor=self.actor).person_id
        person = User.objects.filter(pk=person_id).first() if decision == Case.Decision.SUSPEND else None
        if person is not None:
            check_may_act_on(person, by=self.operator)

    def _reopen(self, *, number: int, reason: str, **_: Any) -> Outcome:
        return _changed(cases.reopen(case_id=number, actor=self.actor, reason=reason))


def _changed(case: Case) -> Outcome:
    return Outcome({"case": _as_object(case)}, _in_a_line(case))


def _in_a_line(case: Case) -> str:
    about = f"message {case.message_id} of {case.person}" if case.message_id else case.person
    words = [f"case {case.pk}", case.state, f"about {about}", case.decision and f"decision: {case.decision}"]
    words.append(f"assigned to {case.assignee.username}" if case.assignee else "")
    return ", ".join(filter(None, words))


def _as_object(case: Case) -> dict[str, Any]:
    return {
        "number": case.pk,
        "about": case.about,
        "person_id": case.person_id,
        "person": case.person,
        "message_id": case.message_id,
        "state": case.state,
        "assignee": case.assignee.username if case.assignee else None,
        "decision": case.decision or None,
        "created_at": case.created_at,
        "decided_at": case.decided_at,
    }


def _report(file: ReportFile) -> dict[str, Any]:
    report = file.report
    return {
        "id": report.pk,
        "reporter": report.reporter,
        "category": report.category,
        "words": report.words,
        "created_at": report.created_at,
        "evidence": [_evidence(one) for one in file.evidence],
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "place": one.place,
        "message_id": one.message_id,
        "sender": one.sender,
        "recipient": one.recipient,
        "content": one.content,
        "sent_at": one.sent_at,
        "edited_at": one.edited_at,
        "redacted_at": one.redacted_at,
    }


def _lines_of(file: ReportFile) -> list[str]:
    report = file.report
    return [
        f"report by {report.reporter}, {report.category}: {quoted(report.words)}",
        *(f"{one.place:+3}  {one.sent_at:%Y-%m-%d %H:%M:%S}  {one.sender}: {quoted(one.content)}"
          for one in file.evidence),
    ]  # fmt: skip
