"""Small parts for tests in which any process will do."""

import sys

from embedded.parts import Part, ask


class Listener(Part):
    """A part that needs no more than a Python: it prints a line, listens and answers `ready`."""

    name = "Listener"
    grace = 5.0
    code = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall(b"ready")
    connection.close()
"""

    def command(self):
        return [sys.executable, "-I", "-S", "-c", self.code, str(self.port)]

    def is_ready(self):
        return ask(self.host, self.port, b"", length=5) == b"ready"


class Ending(Listener):
    """A part that ends at once, with a reason."""

    name = "Ending"
    code = "raise SystemExit('no such luck')"
