"""Settings from the environment, typed; nothing else reads `os.environ` for a setting.

Each function reads one variable, or the file that `<NAME>_FILE` names (Docker's secrets), and raises
`ImproperlyConfigured` with the variable's name and the way to mend it. Values are stripped of white
space at both ends, so a secret file may end in a line end. `read` holds every name that was asked for:
a test compares it with `.env.example`.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

read: set[str] = set()

MINIMUM_SECRET_LENGTH = 32  # characters: HS256 wants a key of at least 256 bits (RFC 7518, 3.2)
# Different steps from one character to the next: "aaaa...", "1212..." and "0123456789abcdef0123..." are long, but
# guessable. 32 hexadecimal digits of chance have about 20.
MINIMUM_SECRET_VARIETY = 10
# Whoever copies an example must not go to production with it.
PUBLISHED_MARKS = ("change", "example", "secret", "insecure", "password", "qwerty", "your-", "your_")
MOST_TIMES = 1_000_000  # of a rate
DAY = 86_400  # seconds: the longest window of a rate
SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}  # where the URL names none
SCHEMES = {"sqlite", "postgres", "postgresql"}  # of database URLs
PATH = re.compile(r"([a-z0-9_-]+/)+")
PROJECT = Path(__file__).resolve().parent.parent

_environment = environ.FileAwareEnv()
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def read_file() -> None:
    """Take variables from `.env` or the file that ENV_FILE names, where there is one; the real environment wins."""
    path = PROJECT / text("ENV_FILE", ".env")
    if path.is_file():
        environ.Env.read_env(path, parse_comments=True)


def text(name: str, default: str | None = None) -> str:
    """Return the variable `name`; without a default it must be there."""
    read.add(name)
    try:
        value = str(_environment.ENVIRON.get(name, "")).strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise ImproperlyConfigured(f"{name}_FILE names a file that can't be read: {why}.") from error
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the environment or in .env; see .env.example.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name, "yes" if default else "no").lower()
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in _TRUE


def integer(name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number from `minimum` to `maximum`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}, not {value!r}.")
    return number


def rate(name: str, *, default: tuple[int, int]) -> tuple[int, int]:
    """Return how often something may be done, as (times, seconds), from "times/seconds"."""
    value = text(name, "{}/{}".format(*default))
    times, _, seconds = value.partition("/")
    parts = ((times, MOST_TIMES), (seconds, DAY))
    if not all(part.isdecimal() and len(part) <= 7 and 0 < int(part) <= most for part, most in parts):
        raise ImproperlyConfigured(
            f"{name} must be times/seconds, as 120/60, with at most {MOST_TIMES}/{DAY}, not {value!r}."
        )
    return int(times), int(seconds)


def choice(name: str, options: Sequence[str], *, default: str) -> str:
    """Return one of `options`, compared without regard to case."""
    value = text(name, default)
    for option in options:
        if value.lower() == option.lower():
            return option
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {value!r}.")


def names(name: str, *, default: Sequence[str] = ()) -> list[str]:
    """Return a list that is written with commas."""
    value = text(name, ",".join(default))
    return [part.strip() for part in value.split(",") if part.strip()]


def networks(name: str, *, default: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Return addresses and networks, as 10.0.0.7 or 10.0.0.0/8, that are written with commas between."""
    found = []
    for network in names(name, default=default):
        try:
            found.append(ip_network(network))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must list addresses or networks as 10.0.0.7 or 10.0.0.0/8, not {network!r}."
            ) from error
    return found


def secret(name: str, default: str | None = None) -> str:
    """Return a key: without a default it can't be missing, and never short, monotonous or a published example."""
    value = text(name, default)
    if value == default:
        return value
    mend = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise ImproperlyConfigured(f"{name} must have {MINIMUM_SECRET_LENGTH} characters at least. {mend}")
    steps = {ord(after) - ord(before) for before, after in pairwise(value)}
    if len(steps) < MINIMUM_SECRET_VARIETY or any(mark in value.lower() for mark in PUBLISHED_MARKS):
        raise ImproperlyConfigured(f"{name} can be guessed. {mend}")
    return value


def database(name: str) -> dict[str, Any]:
    """Return Django's settings for the database URL `name`: `sqlite:////path` or `postgres://user:password@host/name`."""
    url = text(name)
    # The URL may carry a password, so it isn't repeated.
    refusal = ImproperlyConfigured(f"{name} is no database URL: sqlite:////path or postgres://user:password@host/name")
    if url.partition("://")[0] not in SCHEMES:
        raise refusal
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise refusal from error
    if not settings["NAME"]:
        raise refusal
    return settings


def origin(name: str, *, default: str) -> str:
    """Return where browsers reach the service, as https://chat.example.org, without a slash at the end."""
    written = text(name, default)
    value = written.removesuffix("/")
    try:
        url = urlsplit(value)
        sound = url.scheme in {"http", "https"} and url.hostname and value == f"{url.scheme}://{url.netloc}"
        sound = sound and url.port != 0 and url.username is None
    except ValueError:  # the port
        sound = False
    if not sound:
        raise ImproperlyConfigured(f"{name} must be as https://chat.example.org, without a path, not {written!r}.")
    return value


def path(name: str, *, default: str) -> str:
    """Return where something is below the service's own address, as operators/, with a slash at its end alone."""
    value = text(name, default)
    if not PATH.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name} must be as operators/, of letters a to z, digits, - and _, with a slash at the end, not {value!r}."
        )
    return value


def mail_server(name: str, *, default: str) -> dict[str, Any]:
    """Return Django's settings for the URL `name`, which says how e-mail is sent."""
    url = text(name, default)
    scheme = url.partition("://")[0]
    # The URL may carry a password, so it isn't repeated.
    refusal = ImproperlyConfigured(
        f"{name} must be smtp://user:password@host:port, smtp+tls://, smtp+ssl://, consolemail:// or filemail:////path."
    )
    try:
        settings: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise refusal from error
    whole = {"filemail": settings["EMAIL_FILE_PATH"].startswith("/"), "consolemail": True}
    if not whole.get(scheme, scheme in SMTP_PORTS and settings["EMAIL_HOST"]) or "OPTIONS" in settings:
        raise refusal
    settings["EMAIL_PORT"] = settings["EMAIL_PORT"] or SMTP_PORTS.get(scheme)
    return settings


def nodes(name: str, *, default: str) -> tuple[list[str], int]:
    """Return Cassandra's hosts and their one CQL port, from `host,host` or `host:port,host:port`."""
    hosts, ports = [], set()
    for node in names(name, default=[default]):
        host, _, port = node.partition(":")
        if not host or (port and not (port.isdecimal() and 0 < int(port) < 65_536)):
            raise ImproperlyConfigured(f"{name} must list host or host:port with commas between, not {node!r}.")
        hosts.append(host)
        ports.add(int(port or 9042))
    if len(ports) != 1:
        raise ImproperlyConfigured(f"{name} must name the same port for each node.")
    return hosts, ports.pop()


def replicas(name: str) -> dict[str, int]:
    """Return how many nodes of each data centre hold a row, from `oslo:3,paris:3`; nothing where it isn't set."""
    found = {}
    for part in names(name):
        datacenter, _, count = part.rpartition(":")
        if not datacenter or not (count.isdecimal() and 0 < int(count) < 10):
            raise ImproperlyConfigured(f"{name} must list data centres and copies as oslo:3,paris:3, not {part!r}.")
        found[datacenter] = int(count)
    return found


def file(name: str) -> str:
    """Return the path of a file that can be read; empty where it isn't set."""
    path = text(name, "")
    if path:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise ImproperlyConfigured(f"{name} names a file that can't be read: {error.strerror}.") from error
    return path


def contact(name: str) -> str:
    """Return whom to write to, as mailto:security@example.org or https://example.org; empty where it isn't set."""
    value = text(name, "")
    if value and not (value.startswith(("mailto:", "https://")) and value.isprintable() and " " not in value):
        raise ImproperlyConfigured(f"{name} must be mailto:security@example.org or an https address, not {value!r}.")
    return value
