"""Reading the messages that the service sends: of this process from Django's outbox, of real servers from files."""

import email
import os
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.core import mail

from chatsystem import background

SEPARATOR = b"\n" + b"-" * 79 + b"\n"  # of Django's file backend


def sent() -> list[mail.EmailMessage]:
    """Return the messages that this process has sent, when all that were to be sent are."""
    background.drain(20)
    return mail.outbox


def link_in(text: str) -> str:
    """Return the one link with a secret that a message has."""
    links: list[str] = re.findall(r"\S+/(?:reset|confirm)/\S+", text)
    assert len(links) == 1, text
    return links[0]


def token_in(text: str) -> str:
    """Return the secret of that link."""
    return link_in(text).rpartition("/")[2]


def token_sent(to: str) -> str:
    """Return the secret of the last message that this process has sent to an address."""
    return token_in(str([message.body for message in sent() if message.to == [to]][-1]))


def delivered(to: str, directory: Path | None = None) -> list[EmailMessage]:
    """Return what servers have written to an address, the oldest first; by default those that share the run's files."""
    directory = directory or Path("/" + os.environ["EMAIL_URL"].partition(":////")[2])
    files = sorted(directory.glob("*.log"), key=lambda file: file.stat().st_mtime)
    messages = [
        email.message_from_bytes(text, _class=EmailMessage, policy=default)
        for file in files
        for text in file.read_bytes().split(SEPARATOR)
        if text.strip()
    ]
    return [message for message in messages if message["To"] == to]


def new_address(name: str) -> str:
    """Return an e-mail address that nobody has."""
    return f"{name}@example.org"
