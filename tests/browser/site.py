"""A small web site made up by a test, to see what the harness says of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'"
)
# Nothing is wrong with this one.
GOOD = """<!doctype html>
<html lang="en">
<head><meta name="viewport" content="width=device-width"><title>Good</title>
<link rel="icon" href="/icon.svg">{head}</head>
<body><main><h1>Good</h1>{main}</main></body>
</html>"""

ICON = '<svg xmlns="http://www.w3.org/2000/svg"/>'


class Site:
    """Pages by path, under a policy as strict as the service's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._answers: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.add("/icon.svg", ICON, kind="image/svg+xml", Cache_Control="max-age=60")

    def add(self, path: str, text: str, *, kind: str = "text/html", **headers: str) -> None:
        """Answer `path` with `text`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[path] = text.encode(), {"Content-Type": f"{kind}; charset=utf-8", **named}

    def page(self, main: str = "", *, head: str = "", path: str = "/") -> None:
        """Answer `path` with the good page and what is put into it, good or not."""
        self.add(path, GOOD.format(main=main, head=head), Content_Security_Policy=POLICY)

    def style(self, css: str, *, path: str = "/style.css") -> None:
        """Answer `path` with a style sheet that may be kept for ever."""
        self.add(path, css, kind="text/css", Cache_Control="max-age=31536000, immutable")

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers for `path`."""
        found = self._answers.get(path)
        return (200, *found) if found else (404, b"nothing here", {"Content-Type": "text/plain"})


@contextmanager
def made_up_site() -> Iterator[Site]:
    """Serve a site for the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body, headers = site.answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            # The browser may be gone already.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        site = Site(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site
        server.shutdown()
