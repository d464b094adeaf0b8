"""gunicorn's synchronous worker, with a stop that loses nobody.

gunicorn's own ends after the request under way, and whoever has connected and waits behind it finds the connection
reset. This one takes them in when it is told to stop, answers them within `graceful_timeout`, and lets go of the port
at once: who comes later is refused and can go elsewhere.
"""

import signal
import socket
from collections import deque
from typing import Any

from gunicorn.util import close_on_exec
from gunicorn.workers.sync import SyncWorker

Waiting = tuple[socket.socket, socket.socket, Any]  # listener, connection, the client's address


class Worker(SyncWorker):  # type: ignore[misc]  # gunicorn has no types
    """See above. After `max_requests` nothing of this is needed: other workers have the port, and go on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting: deque[Waiting] = deque()

    def init_signals(self) -> None:
        """Have SIGTERM heard while a request waits for something; Python then waits on by itself (PEP 475)."""
        super().init_signals()
        signal.siginterrupt(signal.SIGTERM, True)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Take in who waits, and let go of the port. Called between two steps of whatever is under way (SIGTERM)."""
        super().handle_exit(sig, frame)
        for listener in self.sockets:
            self.waiting += connected(listener)
            listener.close()

    def run(self) -> None:
        """Answer requests until told to stop, then those who were waiting."""
        try:
            super().run()
        except (AttributeError, OSError, TypeError, ValueError):
            if self.alive:
                raise
            # The port was closed just before it was asked for the next connection, or before it was asked at all:
            # gunicorn's socket then has nothing inside, which `select` calls an argument of a wrong type.
        while self.waiting:
            self.notify()
            self.handle(*self.waiting.popleft())

    def accept(self, listener: socket.socket) -> None:
        """Answer one connection. gunicorn asks after its master only when nobody waits, which under load is never."""
        super().accept(listener)
        if not self.is_parent_alive():
            self.alive = False

    def handle_request(self, listener: socket.socket, req: Any, client: socket.socket, addr: Any) -> None:
        """Answer. Only an address is asked of the listener; the connection has it too, and isn't closed meanwhile."""
        super().handle_request(client, req, client, addr)


def connected(listener: socket.socket) -> list[Waiting]:
    """Return the connections that nobody has taken yet, as `handle` wants them."""
    taken: list[Waiting] = []
    while True:
        try:
            client, address = listener.accept()
        except OSError:  # no more of them
            return taken
        client.setblocking(True)
        close_on_exec(client)
        taken.append((listener, client, address))
