"""A child process that is started, ended and restarted, and never outlives us."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from embedded.guard import guard
from embedded.signals import deferred

LINES = 3  # of what it printed, in an error
LONGEST_LINE = 300  # characters, in an error
LARGEST_OUTPUT = 10_000_000  # bytes; a larger file is put aside at the next start


class Process:
    """A process in a session of its own: the terminal's Ctrl-C doesn't reach it, so that we can stop in order.

    The same object may be started, stopped and started again. If we end first, in whatever way, the guard kills it.
    """

    name = "process"
    grace = 10.0  # seconds from SIGTERM to SIGKILL

    def __init__(
        self, directory: Path, *, logs: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory.absolute()  # where it runs
        self.logs = (logs or directory / "logs").absolute()
        self.environment = environment  # ours, where there is none
        self._process: subprocess.Popen[bytes] | None = None
        self._printed_before = 0  # bytes in the file of its output when it started

    def command(self) -> Sequence[str | Path]:
        """Return the command line."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Write what the process reads when it starts."""

    @property
    def log(self) -> Path:
        """The file that tells people what it did."""
        return self.logs / f"{self.name.lower()}.log"

    @property
    def output(self) -> Path | None:
        """The file for what it prints; None leaves that on the terminal."""
        return self.log

    @property
    def pid(self) -> int | None:
        """Its id while it runs."""
        return self._process.pid if self._process and self.is_running() else None

    def is_running(self) -> bool:
        """Tell whether it is there, ready or not."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Tell whether it does its work: one that listens nowhere does so as long as it runs."""
        return self.is_running()

    def start(self) -> None:
        """Start it; returns at once."""
        if self.is_running():
            return
        self.kill()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.prepare()
        command = self.command()
        # Torn apart here, a process would run that nobody knows of.
        with self._open_output() as output, deferred():
            self._process = subprocess.Popen(  # noqa: S603  our own command lines
                command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            guard().watch(self._process.pid)

    def wait(self) -> int:
        """Wait for its end and return its status, negative where a signal ended it."""
        return self._process.wait() if self._process else 0

    def stop(self, grace: float | None = None) -> None:
        """End it in order, and by force after `grace` seconds; returns when it is gone."""
        self._signal(signal.SIGTERM)
        # One that is paused could not hear it.
        self._signal(signal.SIGCONT)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self.grace if grace is None else grace)
        self.kill()

    def kill(self) -> None:
        """End it, and what it started, as a crash would; returns when it is gone."""
        if self._process:
            self.kill_group()
            self._process.wait()
            guard().forget(self._process.pid)
            self._process = None

    def kill_group(self) -> None:
        """Only send the signal: safe in a signal handler, while `stop` waits."""
        if self._process:
            # The number stays ours while anything of the group lives; if nothing does, the error says so.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: the kernel still accepts connections for it, but nothing is answered.

        Returns when all of its threads have stopped: until the first one hears of the signal, and on a busy machine
        that takes a while, the others go on.
        """
        self._signal(signal.SIGSTOP)
        if self._process and hasattr(os, "waitid"):  # macOS has had it since Python 3.13
            with suppress(ChildProcessError):  # it has ended
                os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    @property
    def status(self) -> int | None:
        """How it ended: negative where a signal ended it, None while it runs and where nobody started it."""
        return self._process.returncode if self._process else None

    def last_words(self) -> str:
        """Return how it ended and the last lines that it printed since its start, without stack traces."""
        lines = [line[:LONGEST_LINE] for line in self._printed() if not line.startswith(("at ", "... "))]
        return f"status {self.status}" + "".join(f"; {line}" for line in lines[-LINES:])

    def _signal(self, number: signal.Signals) -> None:
        # Popen knows whether the process was reaped, so the number can't be another process's by now.
        if self._process:
            self._process.send_signal(number)

    @contextmanager
    def _open_output(self) -> Iterator[int | None]:
        if self.output is None:
            yield None
        else:
            if self.output.exists() and self.output.stat().st_size > LARGEST_OUTPUT:
                self.output.replace(f"{self.output}.1")
            with self.output.open("ab") as file:
                self._printed_before = file.tell()
                yield file.fileno()

    def _printed(self) -> list[str]:
        if self.output is None or not self.output.exists():
            return []
        with self.output.open("rb") as file:
            file.seek(self._printed_before)
            text = file.read().decode(errors="replace")
        return [line.strip() for line in text.splitlines() if line.strip()]
