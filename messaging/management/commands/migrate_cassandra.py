"""`manage.py migrate_cassandra`: see the class."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from chatsystem.errors import StorageUnavailable
from messaging import cache
from messaging.store import schema
from messaging.store.migration import changes, lock, records, steps
from messaging.store.migration.errors import SchemaError

EXIT_CODES = """
Exit codes: 0 all is done, nothing is pending; 1 something is pending (--check); 2 wrong arguments;
3 a step is wrong, changed, failed or can't be undone; 4 somebody else holds the lock;
5 Cassandra can't be reached. After 3, 4 and 5 the same command may be run again and goes on where it stopped.
"""
PENDING, WRONG_ARGUMENTS, UNREACHABLE = 1, 2, 5


class Command(BaseCommand):
    """Brings the keyspace to the models, then applies the numbered steps that it lacks; several at once are safe."""

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take what to do, and how long to wait."""
        parser.epilog = EXIT_CODES
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--plan", action="store_true", help="print what would be done, and do nothing")
        only.add_argument("--check", action="store_true", help="print what is pending, and exit with 1 if anything is")
        parser.add_argument(
            "--down", type=number(0, 9999), metavar="NUMBER", help="undo the steps above NUMBER, the newest first"
        )
        parser.add_argument(
            "--empty-cache",
            action="store_true",
            help="forget all cached pages, as after restoring a keyspace in place; they live for 60 s at most",
        )
        parser.add_argument(
            "--wait",
            type=number(0, 86_400),
            default=lock.WAIT,
            metavar="SECONDS",
            help="how long to wait for another one that runs (%(default)s)",
        )
        parser.add_argument(
            "--lock-ttl",
            type=number(2, lock.MAX_TTL),
            default=lock.TTL,
            metavar="SECONDS",
            help=f"how long a killed command blocks others, {lock.MAX_TTL} at most (%(default)s)",
        )
        parser.add_argument("--steps", type=Path, metavar="FOLDER", help="where the numbered steps are (messaging/cql)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["check"] and options["down"] is not None:
            raise CommandError("--check asks for the way up: use --plan with --down.", returncode=WRONG_ARGUMENTS)
        try:
            self._handle(steps.read_steps(options["steps"]), options)
        except SchemaError as error:
            raise CommandError(str(error), returncode=error.exit_code) from error
        except StorageUnavailable as error:
            raise CommandError(
                f"Cassandra can't be reached ({error.__cause__}): see CASSANDRA_NODES.", returncode=UNREACHABLE
            ) from error

    def _handle(self, ours: list[steps.Step], options: dict[str, Any]) -> None:
        if options["plan"] or options["check"]:
            self._print_plan(ours, options)
            return
        changes.prepare()
        with lock.hold(ttl=options["lock_ttl"], wait=options["wait"], tell=self._tell) as held:
            # First, so that nobody reads pages of a keyspace that is no more while steps are applied.
            self._empty_cache(held, always=options["empty_cache"])
            if options["down"] is not None:
                changes.go_down(ours, held, self._tell, down_to=options["down"])
                self.stdout.write(f"No step above {options['down']:04} is applied.")
                return
            changes.migrate(ours, held, self._tell)
        self._conclude(ours)

    def _print_plan(self, ours: list[steps.Step], options: dict[str, Any]) -> None:
        lines = changes.plan(ours, down_to=options["down"])
        if options["plan"] and options["empty_cache"]:
            lines.append("Empty the cache.")
        for line in lines or ["There is nothing to do."]:
            self.stdout.write(line)
        if options["check"] and lines:
            sys.exit(PENDING)

    def _empty_cache(self, held: lock.Lock, *, always: bool) -> None:
        try:
            if cache.forget_everybody(records.identify(holder=held.holder), always=always):
                self._tell("Emptied the cache: its pages may have come from another keyspace.")
        except RedisError as error:
            self._tell(
                f"Redis can't be reached ({type(error).__name__}), so the cache is not emptied. Pages of a keyspace "
                f"that was dropped or replaced in the last {cache.TTL} s may be shown until they are that old."
            )

    def _conclude(self, ours: list[steps.Step]) -> None:
        if missing := schema.missing_parts():
            raise SchemaError(f"The keyspace still lacks {', '.join(missing)}.")
        if newer := changes.unknown(ours, changes.read_known()):
            self._tell(f"The keyspace is newer than this version of the service: it has {', '.join(newer)}.")
        self.stdout.write("Cassandra's schema is up to date.")

    def _tell(self, line: str) -> None:
        """Print news beside the result."""
        self.stderr.write(line, style_func=str)


def number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return what reads a whole number from `minimum` to `maximum`."""

    def read(text: str) -> int:
        if not text.isdecimal() or not minimum <= int(text) <= maximum:
            raise ArgumentTypeError(f"must be a whole number from {minimum} to {maximum}, not {text!r}")
        return int(text)

    return read
