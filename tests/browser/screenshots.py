"""`python -m tests.browser.screenshots`: draws the README's pictures anew, from a service of its own.

The same people and words each time, sent today: only the clock's times differ from picture to picture.
"""

import os
import secrets
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from embedded.temporary import temporary_parts
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.pages import go, go_by_enter
from tests.server import Server, manage, running_server

PICTURES = Path(__file__).parent.parent.parent / "docs" / "images"
PASSWORD = "correct horse battery"
WINDOW = ViewportSize(width=720, height=620)
ME = "ada"
# Who writes to whom, the oldest first; what stands behind the last of one's own lines is unread.
LINES = (
    ("jon", ME, "The minutes of Monday are on the shelf."),
    (ME, "jon", "Found them, thank you."),
    ("marta", ME, "Two crates of apples are left. Shall I bring one over?"),
    (ME, "marta", "Please do! The children will be in the garden until six."),
    ("kofi", ME, "Reminder: dentist at 16:30."),
    (ME, "kofi", "On my way."),
    ("ben", ME, "Can you look at the second page before I send it?\nThe figures at the bottom seem too good."),
    (ME, "ben", "They are. Somebody counted the returns twice."),
    ("ben", ME, "Ha! That explains March."),
    (ME, "ben", "I have marked the places: https://example.org/report#returns"),
    ("cleo", ME, "I moved our talk to Thursday, same time. Is that all right?"),
    ("ben", ME, "Much better now."),
    ("ben", ME, "One more thing: do we still have the key to the cellar?"),
)


def main() -> None:
    """Draw all of them."""
    PICTURES.mkdir(exist_ok=True)
    with temporary_parts() as parts, tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        parts.wait_ready()
        environment = {
            **parts.environment,
            "APP_ENV": "test",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": f"sqlite:///{directory}/db.sqlite3",
        }
        for command in ("migrate", "migrate_cassandra"):
            manage(environment, command)
        browser = playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False, args=[*ARGUMENTS])
        with running_server(Path(directory), **environment) as server:
            fill(server)
            draw(browser, server)
        browser.close()


def fill(server: Server) -> None:
    """Let the people write."""
    with server.client() as client:
        tokens = {}
        for name in sorted({sender for sender, _, _ in LINES}):
            credentials = {"username": name, "password": PASSWORD}
            client.post("/auth/register", json=credentials).raise_for_status()
            tokens[name] = client.post("/auth/login", json=credentials).raise_for_status().json()["token"]
        for sender, recipient, content in LINES:
            send(client, tokens[sender], recipient, content)


def send(client: httpx.Client, token: str, recipient: str, content: str) -> None:
    """Send one message."""
    body = {"recipient": recipient, "content": content}
    client.post("/messages/send", json=body, headers={"Authorization": f"Bearer {token}"}).raise_for_status()


def draw(browser: Browser, server: Server) -> None:
    """Take the pictures: the inbox by day, a conversation by night."""
    page = logged_in(browser, server)
    page.goto("/inbox")
    page.screenshot(path=PICTURES / "inbox.png")
    page.emulate_media(color_scheme="dark")
    go(page.get_by_role("link", name="ben").first)
    page.screenshot(path=PICTURES / "conversation.png")


def logged_in(browser: Browser, server: Server) -> Page:
    """Return a page of somebody who has logged in."""
    page = browser.new_context(
        base_url=server.url, viewport=WINDOW, timezone_id="Europe/Berlin", reduced_motion="reduce"
    ).new_page()
    page.goto("/login")
    page.locator("[autocomplete=username]").fill(ME)
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    go_by_enter(page)
    return page


if __name__ == "__main__":
    main()
