"""The Chromium that the tests drive: the machine's own, else Playwright's, else Debian's."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from tests.debian import NotInstalled, can_install, install

NAMES = ("chromium", "chromium-browser", "google-chrome")
MEND = (
    "install one (`apt install chromium` on Debian, `python -m playwright install --with-deps chromium` elsewhere) "
    "or name one, as in CHROMIUM=/usr/bin/chromium make test"
)
LOOK = 120  # seconds for a program to tell its version
INSTALL = 600  # seconds for a download of 200 MB
# Nothing but this machine can be reached, so what a page asks of others fails instead of leaving the house.
ARGUMENTS = ("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",)


class NoChromium(Exception):
    """Says in one line that there is no browser to test with, and how to get one."""


def find_chromium() -> Path:
    """Return a Chromium that runs, after installing one where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not runs(named):
            raise NoChromium(f"CHROMIUM={named} is no browser that runs: {MEND}")
        return Path(named)
    for find in (on_path, of_playwright, fetched, of_debian):
        found = find()
        if found:
            return found
    raise NoChromium(f"no Chromium here, and none could be fetched: {MEND}")


def on_path() -> Path | None:
    """Return the machine's own. Ubuntu's `chromium-browser` can be a script that only tells of a snap."""
    return next((Path(found) for found in map(shutil.which, NAMES) if found and runs(found)), None)


def of_playwright() -> Path | None:
    """Return the one that Playwright has fetched before."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return Path(path) if runs(path) else None


def fetched() -> Path | None:
    """Let Playwright fetch one, and return it."""
    run(sys.executable, "-m", "playwright", "install", "chromium", timeout=INSTALL)
    return of_playwright()


def of_debian() -> Path | None:
    """Install Debian's package where we may, and return its program."""
    if can_install():
        with suppress(NotInstalled):
            install("chromium", "fonts-liberation")  # without a font text would have no size
    return on_path()


def runs(program: str) -> bool:
    """Tell whether `program` is there and starts: one without its libraries doesn't."""
    return run(program, "--version", timeout=LOOK)


def run(*command: str, timeout: float) -> bool:
    """Run a command, which may fail, and tell whether it succeeded."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, env=environment, capture_output=True, timeout=timeout).returncode == 0
    return False


class Chromium:
    """The run's one browser. Playwright's synchronous API keeps an event loop half-way through a step in this thread.

    Django's ORM and asyncio, which other tests use in the same thread, would take that for an asynchronous program and
    refuse, so the loop is shown only inside `at_work`.
    """

    def __init__(self, program: Path) -> None:
        self.program = program
        # Those whose loop was torn apart; freed, they would complain in whichever test runs then.
        self._broken: list[Playwright] = []
        self._start()

    @contextmanager
    def at_work(self) -> Iterator[Browser]:
        """Lend the browser for the block, at whose end all that was opened in it is closed."""
        if not self.is_whole:
            self._broken.append(self._playwright)
            self._start()
        asyncio._set_running_loop(self._loop)
        try:
            yield self._browser
        finally:
            if self.is_whole:
                for context in self._browser.contexts:
                    context.close()
            asyncio._set_running_loop(None)

    @property
    def is_whole(self) -> bool:
        """Tell whether Playwright can still be called; where it can't, each call waits for ever.

        pytest's time-out strikes by an exception wherever the program is: inside Playwright it ends its loop.
        """
        return self._loop.is_running()

    def close(self) -> None:
        """End it. Without this it ends with our process, whose pipe it listens to."""
        if self.is_whole:
            with self.at_work() as browser:
                browser.close()
                self._playwright.stop()

    def _start(self) -> None:
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        try:
            self._browser = self._playwright.chromium.launch(
                executable_path=self.program,
                # The sandbox refuses to run as root, and the pages are our own.
                chromium_sandbox=os.geteuid() != 0,
                args=[*ARGUMENTS],
                timeout=60_000,  # milliseconds
            )
        except Error as error:
            self._playwright.stop()
            raise NoChromium(f"{self.program} does not start ({error.message.splitlines()[0]}): {MEND}") from None
        finally:
            asyncio._set_running_loop(None)
