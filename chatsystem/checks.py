"""System checks of deployments: `manage.py check --deploy` runs them, and so does gunicorn before it starts.

An error is something that must not be on the network, so gunicorn refuses to start; a warning may be meant. Each
message names the variable, each hint the way to mend it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.urls import Resolver404, resolve

from chatsystem.limits import PASSWORD_MEMORY

TAG = "chatsystem"
SQLITE = "django.db.backends.sqlite3"
SMTP = "django.core.mail.backends.smtp.EmailBackend"

Check = Callable[[], Iterator[CheckMessage]]


def deployment(check: Check) -> Check:
    """Have Django run `check` for deployments."""

    def run(app_configs: Any, **options: Any) -> list[CheckMessage]:
        return list(check())

    register(run, TAG, deploy=True)
    return check


def problems() -> list[CheckMessage]:
    """Return what our checks, and Django's own about security, have to say about this deployment."""
    found = run_checks(tags=[TAG, Tags.security], include_deployment_checks=True)
    return sorted((problem for problem in found if not problem.is_silenced()), key=lambda problem: problem.id or "")


def in_one_line(problem: CheckMessage) -> str:
    """Return what is wrong and how to mend it."""
    text = f"{problem.msg} {problem.hint or ''} ({problem.id})"
    return " ".join(text.split())


@deployment
def debug_is_off() -> Iterator[CheckMessage]:
    """Whoever causes an error would read settings and code."""
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="Set DEBUG=no, or leave it out.", id="chatsystem.E001")


@deployment
def hosts_are_named() -> Iterator[CheckMessage]:
    """With any host, links in answers could be made to lead elsewhere."""
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names that clients use, as in chat.example.org."
        yield Error("ALLOWED_HOSTS takes requests for any host.", hint=hint, id="chatsystem.E002")


@deployment
def cookies_are_secure() -> Iterator[CheckMessage]:
    """An operator's session would cross the network in the clear."""
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        hint = "Set SECURE_COOKIES=yes, and serve browsers over HTTPS."
        yield Error("SECURE_COOKIES is off.", hint=hint, id="chatsystem.E003")


@deployment
def origins_are_secure() -> Iterator[CheckMessage]:
    """Whoever sits on the network can put a form into a page that came by HTTP."""
    open_origins = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if not origin.startswith("https://")]
    if open_origins:
        message = f"CSRF_TRUSTED_ORIGINS trusts pages that don't come by HTTPS: {', '.join(open_origins)}."
        yield Error(message, hint="Write each of them in CSRF_TRUSTED_ORIGINS as https://...", id="chatsystem.E004")


@deployment
def keys_differ() -> Iterator[CheckMessage]:
    """What one of them signs could stand for what the other does. Weak keys don't come this far: see `env.secret`."""
    if settings.SIMPLE_JWT["SIGNING_KEY"] == settings.SECRET_KEY:
        hint = "Make another JWT_SECRET_KEY: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        yield Error("SECRET_KEY and JWT_SECRET_KEY are the same.", hint=hint, id="chatsystem.E005")


@deployment
def nothing_hides_the_admin() -> Iterator[CheckMessage]:
    """Another page would be found first at its address, or be hidden by it."""
    try:
        match = resolve(f"/{settings.ADMIN_PATH}")
    except Resolver404:
        match = None
    # Below the first two the server itself and the API's own answer to unknown addresses are found first.
    taken = settings.ADMIN_PATH.startswith(("api/", str(settings.STATIC_URL).lstrip("/")))
    if taken or match is None or match.view_name != "admin:index":
        hint = "Set ADMIN_PATH to an address that no other page has, as operators/."
        yield Error(f"ADMIN_PATH is another page's address: {settings.ADMIN_PATH}.", hint=hint, id="chatsystem.E006")


@deployment
def password_hashes_are_costly() -> Iterator[CheckMessage]:
    """Whoever gets hold of the hashes could try all common passwords within minutes."""
    if settings.PASSWORD_MEMORY < PASSWORD_MEMORY:
        hint = f"Set PASSWORD_MEMORY={PASSWORD_MEMORY} or more, or leave it out."
        yield Error(f"PASSWORD_MEMORY is below {PASSWORD_MEMORY} KiB.", hint=hint, id="chatsystem.E007")


@deployment
def people_are_kept_on_a_server() -> Iterator[CheckMessage]:
    """A file serves one machine, and one writer at a time."""
    if settings.DATABASES["default"]["ENGINE"] == SQLITE:
        hint = "Set DATABASE_URL to postgres://user:password@host/name, unless this machine is to be the only one."
        yield Warning("DATABASE_URL names a SQLite file.", hint=hint, id="chatsystem.W001")


@deployment
def messages_are_kept_more_than_once() -> Iterator[CheckMessage]:
    """Each message would be as safe as one disk is."""
    if settings.CASSANDRA_REPLICATION_FACTOR == 1:
        hint = "Set CASSANDRA_REPLICATION_FACTOR=3 where there are three nodes."
        yield Warning(
            "CASSANDRA_REPLICATION_FACTOR is 1: one node's loss loses messages.", hint=hint, id="chatsystem.W002"
        )


@deployment
def cassandra_wants_a_password() -> Iterator[CheckMessage]:
    """Whoever reaches its port reads and writes everything."""
    cassandra = settings.DATABASES["cassandra"]
    if not (cassandra["USER"] and cassandra["PASSWORD"]):
        hint = "Set CASSANDRA_USERNAME and CASSANDRA_PASSWORD, and PasswordAuthenticator in cassandra.yaml."
        yield Warning("Cassandra is used without a password.", hint=hint, id="chatsystem.W003")


@deployment
def redis_wants_a_password() -> Iterator[CheckMessage]:
    """Whoever reaches its port reads cached messages."""
    url = urlsplit(str(settings.CACHES["default"]["LOCATION"]))
    if not url.password and url.scheme != "unix":  # a socket has the permissions of its file
        hint = "Set REDIS_URL=redis://:password@host:port/number, and requirepass at the server."
        yield Warning("REDIS_URL has no password.", hint=hint, id="chatsystem.W004")


@deployment
def hosts_are_reachable_from_elsewhere() -> Iterator[CheckMessage]:
    """Requests by any other name are refused with 400."""
    if set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}:
        hint = "Set ALLOWED_HOSTS to the names that clients use, as in chat.example.org."
        yield Warning("ALLOWED_HOSTS names this machine alone.", hint=hint, id="chatsystem.W005")


@deployment
def links_are_secure() -> Iterator[CheckMessage]:
    """A link to set a new password would lead to this machine, or its secret cross the network in the clear."""
    if not settings.PUBLIC_URL.startswith("https://"):
        hint = "Set PUBLIC_URL to where browsers reach the service, as https://chat.example.org."
        yield Warning(f"PUBLIC_URL is not https: {settings.PUBLIC_URL}.", hint=hint, id="chatsystem.W006")


@deployment
def messages_are_sent() -> Iterator[CheckMessage]:
    """Nobody could confirm an address, or set a forgotten password without an operator."""
    if settings.EMAIL_BACKEND != SMTP:
        hint = "Set EMAIL_URL=smtp+tls://user:password@host:port, and EMAIL_FROM to an address that may send by it."
        yield Warning("EMAIL_URL names no mail server: e-mail goes to files.", hint=hint, id="chatsystem.W007")
    elif settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        hint = "Set EMAIL_FROM to an address that may send by the mail server, as Chat <chat@example.org>."
        yield Warning("EMAIL_FROM is an address that nobody can answer.", hint=hint, id="chatsystem.W008")


def split(found: Sequence[CheckMessage]) -> tuple[list[str], list[str]]:
    """Return errors and warnings, a line each."""
    errors = [in_one_line(problem) for problem in found if problem.is_serious()]
    return errors, [in_one_line(problem) for problem in found if not problem.is_serious()]
