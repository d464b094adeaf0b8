"""What the commands have in common that do what operators do in the admin, over the same services."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, transaction

from chatsystem.api.problems import describe
from chatsystem.audit.types import Actor
from chatsystem.errors import ChatError, DatabaseUnavailable, Forbidden, PersonNotFound, Unavailable
from chatsystem.requests import request_id

EXIT_CODES = """
Exit codes: 0 done; 1 refused, and nothing has changed; 2 wrong arguments, or a part of the service is away: then it may
be done or not, and the same command settles it.
"""
REFUSED, AWAY = 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: an object for programs, and lines for people."""

    report: Mapping[str, Any]
    lines: str


class LeverCommand(BaseCommand):
    """A command that does one thing, or with `--dry-run` only finds out whether it could, and what it would change.

    A dry run is the real one, but for the commit: what is written to SQL is taken back. What else is written, a service
    leaves out that is told of it.
    """

    # Not for what takes long: as long as it lasts, the others' entries in the audit log would wait.
    dry_run_is_taken_back = True

    # What whoever is named by `--as` must be allowed to, by the first word behind the command's name, if it has one: as
    # the admin asks for the same.
    permissions: ClassVar[Mapping[str, Sequence[str]]]

    # Who acts for the audit log, and the account that `--as` names: None where that is a user of this machine, who may
    # do everything.
    actor: Actor
    operator: Any = None

    # Does it with the command's own options and `dry_run`, and says what was done; None where it has printed all of it.
    act: Callable[..., Outcome | None]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the command needs; whoever adds to it calls `add_options` for what all of them take."""
        parser.epilog = EXIT_CODES

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and print what was done; end with one of the codes where it isn't."""
        try:
            outcome = self._act(**options)
        except ChatError as error:
            self._refuse(error, as_json=options["json"])
        except (OperationalError, InterfaceError) as error:
            self._refuse(DatabaseUnavailable(), as_json=options["json"], cause=error)
        else:
            if outcome is None:
                return
            if options["json"]:
                self.stdout.write(json.dumps(outcome.report, default=_as_json))
            else:
                prefix = "Nothing was changed. It would be: " if options["dry_run"] else ""
                self.stdout.write(f"{prefix}{outcome.lines}")

    def _act(self, *, dry_run: bool, operator: str | None, **options: Any) -> Outcome | None:
        with acting(operator, self.permissions[options.get("what", "")]) as self.operator:
            self.actor = actor_of(self.operator)
            return self._act_dry(**options) if dry_run else self.act(dry_run=False, **options)

    def _act_dry(self, **options: Any) -> Outcome | None:
        with transaction.atomic() if self.dry_run_is_taken_back else nullcontext():
            outcome = self.act(dry_run=True, **options)
            if self.dry_run_is_taken_back:
                transaction.set_rollback(True)
        return outcome and Outcome({"dry_run": True, **outcome.report}, outcome.lines)

    def _refuse(self, error: ChatError, *, as_json: bool, cause: Exception | None = None) -> None:
        if as_json:
            told = {"code": error.code, "message": error.message, "errors": [describe(one) for one in error.errors]}
            self.stdout.write(json.dumps({"error": told}))
        code = AWAY if isinstance(error, Unavailable) else REFUSED
        raise CommandError(f"{error.message} ({error.code})", returncode=code) from cause or error


def add_options(parser: ArgumentParser, *, reason: bool = True) -> None:
    """Take the options that all of them have; a `reason` must be given where it's wanted."""
    parser.add_argument("--dry-run", action="store_true", help="change nothing; say what would be")
    parser.add_argument("--json", action="store_true", help="print one object instead of lines")
    text = "act as this operator, who must be allowed to; by default as the user of this machine, who may do all"
    parser.add_argument("--as", dest="operator", metavar="NAME", help=text)
    if reason:
        parser.add_argument("--reason", required=True, help="why; it stays in the audit log")


@contextmanager
def acting(name: str | None, permissions: Sequence[str]) -> Iterator[Any]:
    """Give the operator of a name, who acts in the block, or None without a name.

    The audit log has the machine's user too: as the request's id. Raises `PersonNotFound`, and `Forbidden` for somebody
    who is no operator, may not act, or lacks a permission.
    """
    if name is None:
        yield None
        return
    people = get_user_model()._default_manager
    try:
        person: Any = people.get_by_natural_key(name)
    except people.model.DoesNotExist as error:
        raise PersonNotFound(f"Nobody has the name {name!a}.") from error
    if not (person.may_act and person.is_staff and person.has_perms(permissions)):
        raise Forbidden(f"{person.username} may not do this.")
    token = request_id.set(f"command-by-{Actor.command().name}"[:64])
    try:
        yield person
    finally:
        request_id.reset(token)


def actor_of(operator: Any) -> Actor:
    """Return who acts: an operator, or with None the machine's user."""
    return Actor.command() if operator is None else Actor.of(operator)


def moment(text: str) -> datetime:
    """Read a moment as 2026-11-24T10:00+01:00, or a day; in UTC where no time zone is named."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!a} is no time: write it as 2026-11-24T10:00+01:00") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def quoted(text: str) -> str:
    """Return what somebody wrote in one line that can't be mistaken for more than that."""
    return json.dumps(text, ensure_ascii=False)


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
