"""The command line: `python -m embedded run`, and what else make and people need."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from embedded.console import complain
from embedded.errors import EmbeddedError
from embedded.paths import PROJECT, Paths
from embedded.platforms import check_platform

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what people can meet is told in one line."""
    try:
        return _dispatch(_parser().parse_args(arguments))
    except EmbeddedError as error:
        complain(f"Error: {error}")
    except KeyboardInterrupt:
        complain("Interrupted.")
    except OSError as error:
        if error.errno in NO_SPACE:
            complain("Error: the disk is full: make room and start again; what is there is kept")
        elif isinstance(error, PermissionError):
            complain(f"Error: {error.filename} can't be used ({error.strerror}): give it to this user and start again")
        else:
            raise
    return 1


def _dispatch(options: argparse.Namespace) -> int:
    # Imported where needed: `check` runs before anything is installed.
    if options.command == "check":
        check_platform()
    elif options.command == "fetch":
        from embedded import jars

        jars.fetch()
    elif options.command == "lock":
        from embedded.resolve import write_lock

        write_lock()
    elif options.command == "manage":
        return _manage(options.arguments)
    else:
        from embedded.run import run

        run(demo=options.command == "demo", reload=options.command == "dev")
    return 0


def _manage(arguments: Sequence[str]) -> int:
    from embedded import locks
    from embedded.environment import add_defaults, named_environment
    from embedded.state import State

    paths = Paths.default()
    state = State.read(paths.state)
    if not locks.is_held(paths.lock):
        raise EmbeddedError("the service does not run here: start it with make run")
    environment = {**named_environment(), **state.environment}
    add_defaults(environment, paths)
    os.chdir(PROJECT)
    # In place of this process, so that terminal, signals and status are the command's.
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], environment)  # noqa: S606  our own interpreter


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="run the service with a Cassandra and a Valkey of its own")
    commands.add_parser("demo", help="the same, filled with people and messages")
    commands.add_parser("dev", help="the same, following changes of the code")
    manage = commands.add_parser("manage", help="run manage.py with the running service's environment")
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("fetch", help="only fetch Cassandra's jars")
    commands.add_parser("check", help="only tell whether this platform will do")
    commands.add_parser("lock", help="resolve Cassandra's jars anew, for another version")
    return parser


if __name__ == "__main__":
    sys.exit(main())
