"""The Nu Html Checker, which the W3C runs too: one server a run, since its start takes seconds.

`python -m tests.browser.validator` makes its lock file anew.
"""

import functools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Page

from embedded import jars
from embedded.guard import guard
from embedded.parts import Part, ask
from embedded.ports import free_ports
from embedded.programs import find_java
from embedded.resolve import write_lock
from tests.browser.pages import document_of

LOCK_FILE = Path(__file__).with_name("validator.lock")
# The second one is needed by the first, whose list of what it needs lacks it.
COORDINATES = ("nu.validator:validator:26.5.2", "org.eclipse.jetty:jetty-servlet:11.0.20")
OPTIONS = (
    "-Xmx256M",
    "-Xss8M",  # the schema of HTML is read recursively
    "-XX:+UseSerialGC",
    # The first compiler alone: it is busy for a second, not for a day.
    "-XX:TieredStopAtLevel=1",
    "-Dnu.validator.servlet.bind-address=127.0.0.1",
)


class Validator(Part):
    """The server. It takes a document by POST and answers with its faults in JSON."""

    name = "Validator"

    def command(self) -> Sequence[str | Path]:
        """Return the command line."""
        classpath = ":".join(map(str, fetch()))
        return [find_java(), *OPTIONS, "-cp", classpath, "nu.validator.servlet.Main", str(self.port)]

    def is_ready(self) -> bool:
        """Tell whether it speaks HTTP; it listens only when it has read everything."""
        return bool(ask(self.host, self.port, b"GET /style.css HTTP/1.0\r\n\r\n", length=5))

    @functools.lru_cache  # noqa: B019  (one validator, and it lives as long as we do)
    def errors(self, html: str) -> tuple[str, ...]:
        """Return the errors in `html`, as `line:column message`. The same text costs nothing the second time."""
        answer = httpx.post(
            f"http://{self.host}:{self.port}/?out=json",
            content=html.encode(),
            headers={"Content-Type": "text/html; charset=utf-8"},
            timeout=60,
        )
        found = json.loads(answer.content)["messages"]
        return tuple(
            f"{each.get('lastLine', '?')}:{each.get('firstColumn', each.get('lastColumn', '?'))} {each['message']}"
            for each in found
            if each["type"] != "info"
        )


def fetch() -> list[Path]:
    """Return its jars, once they are there."""
    return jars.fetch(jars=jars.read_lock(LOCK_FILE), what="the HTML validator")


@functools.cache
def validator() -> Validator:
    """Return the run's validator, started when first asked for; it needs `wait_ready`. It ends with this process."""
    directory = Path(tempfile.mkdtemp(prefix="validator-"))
    guard().remove(directory)
    (port,) = free_ports(1)
    started = Validator(directory, port)
    started.start()
    return started


def assert_valid_html(page: Page | str) -> None:
    """Fail where what the server sent for `page` (or the text given) isn't valid HTML."""
    html = page if isinstance(page, str) else document_of(page).text()
    validator().wait_ready()
    errors = validator().errors(html)
    subject = "the text" if isinstance(page, str) else page.url
    assert not errors, f"{subject} is not valid HTML:\n" + "\n".join(errors)


if __name__ == "__main__":
    write_lock(LOCK_FILE, *COORDINATES, command="python -m tests.browser.validator")
