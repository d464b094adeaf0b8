"""The whole service on this machine: starts everything in order, looks after it, stops everything in order."""

from contextlib import suppress
from pathlib import Path

from embedded import jars, locks
from embedded.cassandra import Cassandra
from embedded.checks import FIRST_BYTES, LATER_BYTES, check_disk, check_port
from embedded.console import say
from embedded.environment import add_defaults, named_environment
from embedded.errors import EmbeddedError
from embedded.parts import Part
from embedded.paths import Paths
from embedded.platforms import check_platform
from embedded.ports import free_ports
from embedded.processes import Process
from embedded.service import Gunicorn, JobWorker, ManageCommand
from embedded.state import State, end_leftovers
from embedded.supervisor import supervise
from embedded.valkey import Valkey

HANDED_OVER = ("APP_ENV", "APP_PORT", "DATABASE_URL", "CASSANDRA_NODES", "REDIS_URL", "SECRET_KEY", "JWT_SECRET_KEY")


def run(*, demo: bool = False, reload: bool = False, paths: Paths | None = None) -> None:
    """Run the service until a signal; returns when nothing of it is left running.

    `demo` fills it with people and messages, `reload` follows changes of the code.
    """
    paths = paths or Paths.default()
    check_platform()
    try:
        with locks.exclusive(paths.lock):
            Run(paths, demo=demo, reload=reload).run()
    except locks.Held as held:
        raise EmbeddedError(
            f"already running here as process {held.holder}: stop it with `kill {held.holder}` or Ctrl-C, "
            "or name another EMBEDDED_DIRECTORY and APP_PORT"
        ) from None


class Run:
    """One run, while the directory is ours."""

    def __init__(self, paths: Paths, *, demo: bool, reload: bool) -> None:
        self.paths = paths
        self.demo = demo
        self.reload = reload
        self.environment = named_environment()
        self.state = State.read(paths.state)
        # In the order of their start. They stop in reverse: the service first, so that nobody needs a part that goes.
        self.parts: list[Process] = []

    def run(self) -> None:
        """Start, look after, stop."""
        try:
            supervise(self.parts, start=self._start, directory=self.paths.root, changed=self._remember)
        finally:
            self._forget()

    def _start(self) -> None:
        end_leftovers(self.state)
        self._check_disk()
        named = dict(self.environment)
        add_defaults(self.environment, self.paths)
        port = check_port(self.environment)
        self._prepare_service(self._start_parts(named))
        gunicorn = Gunicorn(port, logs=self.paths.logs, environment=self.environment, reload=self.reload)
        self._start_part(gunicorn)
        gunicorn.wait_ready()
        self._start_part(JobWorker(logs=self.paths.logs, environment=self.environment, reload=self.reload))
        self._tell(port)

    def _check_disk(self) -> None:
        first = not self.paths.cassandra.exists()
        check_disk(self.paths.root, needed=FIRST_BYTES if first else LATER_BYTES)
        check_disk(jars.default_directory(), needed=LATER_BYTES)

    def _start_parts(self, named: dict[str, str]) -> list[Part]:
        started: list[Part] = []
        for name in ("DATABASE_URL", "CASSANDRA_NODES", "REDIS_URL"):
            if name in named:
                say(f"{name} is named: that part is used where it is, none is started here.")
        if "CASSANDRA_NODES" not in named:
            jars.fetch()
            native, storage = self._ports("native", "storage")
            cassandra = Cassandra(self.paths.cassandra, native, storage_port=storage, logs=self.paths.logs)
            self.environment["CASSANDRA_NODES"] = cassandra.nodes
            started.append(cassandra)
            self._start_part(cassandra)
        if "REDIS_URL" not in named:
            valkey = Valkey(self.paths.valkey, *self._ports("redis"), logs=self.paths.logs)
            self.environment["REDIS_URL"] = valkey.url
            started.append(valkey)
            self._start_part(valkey)
        return started

    def _ports(self, *names: str) -> list[int]:
        """Return the last run's ports where they are free: open consoles then still know the way."""
        preferred = [self.state.ports[name] for name in names if name in self.state.ports]
        ports = free_ports(len(names), preferred=preferred)
        self.state.ports |= dict(zip(names, ports, strict=True))
        return ports

    def _prepare_service(self, parts: list[Part]) -> None:
        say("Starting " + " and ".join(part.name for part in parts) + " ..." if parts else "Starting ...")
        # Only SQL, so it need not wait for Cassandra.
        self._manage("migrate", "--noinput", quiet=True)
        for part in parts:
            part.wait_ready()
        self._manage("migrate_cassandra", quiet=True)
        self._manage("first_operator")
        if self.demo:
            self._manage("demo")

    def _manage(self, *arguments: str, quiet: bool = False) -> None:
        ManageCommand(*arguments, logs=self.paths.logs, environment=self.environment, quiet=quiet).run()

    def _start_part(self, part: Process) -> None:
        self.parts.append(part)
        part.start()
        self._remember()

    def _remember(self) -> None:
        self.state.environment = {name: self.environment[name] for name in HANDED_OVER if name in self.environment}
        self.state.name(self.parts)
        self.state.write(self.paths.state)

    def _tell(self, port: int) -> None:
        here, admin = f"http://127.0.0.1:{port}/", self.environment.get("ADMIN_PATH", "admin/")
        say(f"The service is ready:  {here}  (operators: {here}{admin})")
        say("A job worker runs beside it.")
        say(f"Data: {_short(self.paths.root)}   Logs: {_short(self.paths.logs)}   Stop: Ctrl-C")

    def _forget(self) -> None:
        self.state.processes = {}
        # A full disk must not hide why we end.
        with suppress(OSError):
            self.state.write(self.paths.state)


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
