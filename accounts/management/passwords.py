"""Passwords that commands are given: in a file or by standard input, since everybody can read command lines."""

import getpass
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path


def add_password_options(parser: ArgumentParser) -> None:
    """Take a password, as `password`, or that there is to be none, as None."""
    either = parser.add_mutually_exclusive_group(required=True)
    text = "a file whose first line is the password; - asks for it, or takes a line of standard input"
    either.add_argument("--password-file", dest="password", type=password_in, metavar="PATH", help=text)
    text = "none, by which nobody can log in"
    either.add_argument("--no-password", dest="password", action="store_const", const=None, help=text)


def password_in(path: str) -> str:
    """Return the first line of a file, or of standard input for `-`."""
    try:
        if path == "-":
            text = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline()
        else:
            text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ArgumentTypeError(f"{path} can't be read: {reason}.") from error
    return text.partition("\n")[0].removesuffix("\r")
