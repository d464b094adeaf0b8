"""`manage.py switch`: see the class."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from accounts.models import Switches
from accounts.services.switches import set_notice, set_read_only, set_registration
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment


class Command(LeverCommand):
    """Sets the notice on all pages, switches the read-only mode, or opens and closes registration."""

    help = __doc__ or ""
    permissions: ClassVar = dict.fromkeys(("notice", "read-only", "registration"), ("accounts.change_switches",))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to switch, and how."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        notice = what.add_parser("notice", help="what all pages say to everybody")
        notice.add_argument("text", help="one line; empty: take the notice away")
        notice.add_argument("--level", choices=Switches.Level.values, default=Switches.Level.INFO.value)
        notice.add_argument("--from", dest="since", type=moment, help="by default at once")
        notice.add_argument("--until", type=moment, help="by default until it's taken away")
        read_only = what.add_parser("read-only", help="have messages and accounts stay as they are")
        read_only.add_argument("state", choices=["on", "off"])
        registration = what.add_parser("registration", help="whether people can make accounts")
        registration.add_argument("state", choices=["open", "closed"])
        for one in (notice, read_only, registration):
            add_options(one)

    def act(self, *, what: str, reason: str, **options: Any) -> Outcome:
        """Do it."""
        changed, report, line = SWITCHES[what]({"actor": self.actor, "reason": reason}, **options)
        return Outcome({**report, "changed": changed}, line if changed else f"nothing: {line}")


Done = tuple[bool, dict[str, Any], str]


def _notice(
    given: dict[str, Any], *, text: str, level: str, since: datetime | None, until: datetime | None, **_: Any
) -> Done:
    changed = set_notice(text=text, level=level, since=since, until=until, **given)
    report = {"notice": text, "level": level, "from": since, "until": until}
    return changed, report, "all pages have the notice." if text.strip() else "no page has a notice."


def _read_only(given: dict[str, Any], *, state: str, **_: Any) -> Done:
    return set_read_only(is_on=state == "on", **given), {"read_only": state}, f"the read-only mode is {state}."


def _registration(given: dict[str, Any], *, state: str, **_: Any) -> Done:
    return set_registration(is_open=state == "open", **given), {"registration": state}, f"registration is {state}."


SWITCHES: dict[str, Callable[..., Done]] = {
    "notice": _notice,
    "read-only": _read_only,
    "registration": _registration,
}
