"""A part: a server process that listens on a port and can be asked whether it is ready."""

import errno
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError, NotReady, PartEnded, PortTaken
from embedded.processes import Process

POLL = 0.02  # seconds between two looks


class Part(Process):
    """A server that can be started, stopped, killed and paused, and keeps its port meanwhile."""

    patience = 60.0  # seconds from start to ready

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        host: str = "127.0.0.1",
        logs: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(directory, logs=logs, environment=environment)
        self.host = host
        self.port = port

    def is_ready(self) -> bool:
        """Ask the server itself, by its own protocol."""
        raise NotImplementedError

    def wait_ready(self, timeout: float | None = None) -> None:
        """Return when the server answers.

        Raises `PartEnded` (`PortTaken` where that is why) with the end of its log, and `NotReady` after `timeout`
        seconds, `patience` by default.
        """
        deadline = time.monotonic() + (self.patience if timeout is None else timeout)
        while True:
            ready = self.is_ready()
            # Asked second: if ours is gone by now, it was somebody else who answered.
            if not self.is_running():
                raise self.why_ended()
            if ready:
                return
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} is not ready in time: see {self.log}")
            time.sleep(POLL)

    def why_ended(self) -> PartEnded:
        """Return what to raise about a server that ended by itself."""
        words = self.last_words()
        kind = PortTaken if "ddress already in use" in words else PartEnded
        return kind(f"{self.name} ended by itself ({words}): see {self.log}")


def ask(host: str, port: int, question: bytes, *, length: int, timeout: float = 1) -> bytes:
    """Send `question` to a server and return up to `length` bytes of its answer, none where nobody answers."""
    answer = b""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.sendall(question)
            while len(answer) < length and (more := connection.recv(length - len(answer))):
                answer += more
    except OSError as error:
        if error.errno == errno.EMFILE:
            raise EmbeddedError("too many open files: raise the limit with `ulimit -n 4096`") from error
    return answer
