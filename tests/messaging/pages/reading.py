"""Pages as their readers see them, without a browser."""

import re
from html import unescape
from typing import Any

from django.test import Client

from accounts.models import User
from messaging.services.sending import send_message
from messaging.types import Message

ROW = re.compile(r'<li class="message([^"]*)" id="m-([^"]+)">(.*?)</li>', re.DOTALL)


def browser_of(person: User, **headers: str) -> Client:
    """A browser in which somebody is logged in."""
    client = Client(headers=headers)
    client.force_login(person)
    return client


def send(sender: User, recipient: User, *contents: str) -> list[Message]:
    """Send messages, one after the other."""
    return [send_message(sender=sender, recipient=recipient.username, content=content) for content in contents]


def page_of(response: Any, status: int = 200) -> str:
    """Return a page's HTML; fails where it has another status."""
    assert response.status_code == status, response.content.decode()[:2_000]
    return str(response.content.decode())


def texts(html: str) -> list[str]:
    """Return the contents of the messages on a page, in its order."""
    return [words(row) for _, _, row in ROW.findall(html) for row in [row.partition('<div class="text"')[2]]]


def words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html.partition(">")[2].partition("</div>")[0]))


def new_line_at(html: str) -> str | None:
    """Return the content of the message below the line of what is new, or None where there is no line."""
    _, line, rest = html.partition('<li class="unread" id="new">')
    return texts(rest)[0] if line else None


def link(html: str, label: str) -> str | None:
    """Return where a link leads, or None where there is none."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{re.escape(label)}</a>', html)
    return unescape(found[1]).partition("#")[0] if found else None
