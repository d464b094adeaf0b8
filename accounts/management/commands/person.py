"""`manage.py person`: see the class."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any, ClassVar

from accounts.management.passwords import add_password_options
from accounts.management.people import get_subject
from accounts.services.by_hand import add_person, change_person
from accounts.services.operators import clear_limits, count_limits, end_all_sessions, suspend, unsuspend
from accounts.services.passwords import replace_password
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment

ACTIVE = {"yes": True, "no": False, None: None}


class Command(LeverCommand):
    """Suspends a person, ends that, logs them out everywhere, or clears what was counted against them.

    Adds one too, renames one, closes the account or opens it again, and sets the password.
    """

    help = __doc__ or ""
    permissions: ClassVar = {
        "suspend": ["accounts.suspend_people"],
        "unsuspend": ["accounts.suspend_people"],
        "end-sessions": ["accounts.end_sessions"],
        "clear-limits": ["accounts.clear_limits"],
        "add": ["accounts.add_user", "accounts.change_user"],  # as Django's admin has it
        "change": ["accounts.change_user"],
        "password": ["accounts.change_user"],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and to whom."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        for name in self.permissions:
            one = what.add_parser(name)
            one.add_argument("name", help="the name to give" if name == "add" else "a name or an id")
            if name == "suspend":
                one.add_argument("--until", type=moment, help="the suspension's end; by default it has none")
            if name == "change":
                one.add_argument("--username", metavar="NEW", help="rename them")
                one.add_argument("--active", choices=("yes", "no"), help="open the account, or close it")
            if name in {"add", "password"}:
                add_password_options(one)
            add_options(one)

    def act(self, *, what: str, name: str, reason: str, **options: Any) -> Outcome:
        """Do it."""
        do = getattr(self, f"_{what.replace('-', '_')}")
        subject = {"username": name} if what == "add" else {"person": get_subject(name, by=self.operator)}
        outcome: Outcome = do({**subject, "actor": self.actor, "reason": reason}, **options)
        return outcome

    def _suspend(self, given: dict[str, Any], *, until: datetime | None, **_: Any) -> Outcome:
        done = suspend(**given, until=until)
        name = given["person"].username
        report = {"person": name, "until": until, "replaced": done.replaced, "ended_sessions": done.ended_sessions}
        end = f"until {until.isoformat()}" if until else "until somebody ends it"
        return Outcome(report, f"{name} suspended {end}, {done.ended_sessions} sessions ended.")

    def _unsuspend(self, given: dict[str, Any], **_: Any) -> Outcome:
        was, name = unsuspend(**given), given["person"].username
        return Outcome(
            {"person": name, "was_suspended": was}, f"{name} let in again." if was else f"nothing: {name} was let in."
        )

    def _end_sessions(self, given: dict[str, Any], **_: Any) -> Outcome:
        ended, name = end_all_sessions(**given), given["person"].username
        return Outcome({"person": name, "ended_sessions": ended}, f"{ended} sessions of {name} ended.")

    def _clear_limits(self, given: dict[str, Any], *, dry_run: bool, **_: Any) -> Outcome:
        # Redis takes nothing back.
        counts = count_limits(person=given["person"]) if dry_run else clear_limits(**given)
        name = given["person"].username
        return Outcome({"person": name, "counts": counts}, f"{counts} counts of {name} cleared.")

    def _add(self, given: dict[str, Any], *, password: str | None, **_: Any) -> Outcome:
        name = add_person(**given, password=password).username
        report = {"person": name, "usable_password": password is not None}
        return Outcome(report, f"{name} added{'' if password is not None else ', without a password'}.")

    def _change(self, given: dict[str, Any], *, username: str | None, active: str | None, **_: Any) -> Outcome:
        done = change_person(**given, username=username, is_active=ACTIVE[active])
        name = done.before["username"]
        report = {"person": name, "before": done.before, "after": done.after, "ended_sessions": done.ended_sessions}
        if done.before == done.after:
            return Outcome(report, f"nothing: {name} was so already.")
        state = "active" if done.after["is_active"] else "not active"
        return Outcome(
            report, f"{name} changed: {done.after['username']}, {state}, {done.ended_sessions} sessions ended."
        )

    def _password(self, given: dict[str, Any], *, password: str | None, **_: Any) -> Outcome:
        ended, name = replace_password(**given, new_password=password), given["person"].username
        report = {"person": name, "usable_password": password is not None, "ended_sessions": ended}
        what = "set" if password is not None else "taken away"
        return Outcome(report, f"password of {name} {what}, {ended} sessions ended.")
