"""What a run leaves for the next one and for other commands: its processes, its ports, its environment."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from embedded.console import say
from embedded.processes import Process


@dataclass
class State:
    """The content of the state file."""

    ports: dict[str, int] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)  # what embedding added to the service's
    processes: dict[str, tuple[int, str]] = field(default_factory=dict)  # id and command line by name

    @classmethod
    def read(cls, path: Path) -> "State":
        """Return the last run's state, an empty one where there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Replace the file at once; it holds secrets, so nobody else may read it."""
        draft = path.with_suffix(".part")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(path)

    def name(self, processes: Sequence[Process]) -> None:
        """Remember these processes instead of those before."""
        running = {process.name: process.pid for process in processes}
        self.processes = {name: (pid, command_line(pid)) for name, pid in running.items() if pid}


def end_leftovers(state: State) -> None:
    """Kill what a run that was killed has left behind; the guard should have done so already."""
    for name, (pid, command) in state.processes.items():
        # A number alone proves nothing: it may be another process's by now.
        if command and command_line(pid) == command:
            say(f"Ending {name}, left behind by an earlier run as process {pid}.")
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)


def command_line(pid: int) -> str:
    """Return the command line of a process, empty where there is no such process."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return proc.read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(  # noqa: S603  a number of ours
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607  in the same place on every Unix
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
