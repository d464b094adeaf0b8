"""Messages by e-mail, and mail servers that don't take them."""

import socket
import socketserver
import threading
from contextlib import contextmanager

import pytest
from django.db import transaction

from accounts.services import mails
from accounts.services.mails import send_later
from chatsystem import background
from tests.chatsystem.test_metrics import grown
from tests.mails import sent

SMTP = "django.core.mail.backends.smtp.EmailBackend"
ADDRESS = "amy@example.org"


class SMTPServer(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one message of smtplib's needs; commands that begin with `refuses` get a 550."""

    refuses = ""

    def handle(self):
        self.say("220 ready")
        for line in self.rfile:
            command = line.decode().strip()
            self.server.heard.append(command)
            if self.refuses and command.startswith(self.refuses):
                self.say(f"550 no such mailbox: {ADDRESS}")
            elif command == "data":
                self.say("354 go on")
                for text in iter(self.rfile.readline, b".\r\n"):
                    self.server.heard.append(text.decode().rstrip())
                self.say("250 taken")
            elif command == "quit":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(settings, **attributes):
    """Serve SMTP, send messages there, and give what it hears."""
    handler = type("Handler", (SMTPServer,), attributes)
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        server.heard = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = server.server_address[1]
        try:
            yield server.heard
        finally:
            server.shutdown()
            thread.join()


def send(username="amy"):
    send_later("password_changed", to=ADDRESS, username=username)
    background.drain(20)


def test_a_message_reaches_a_mail_server(db, settings):
    settings.DEFAULT_FROM_EMAIL = "Chat <chat@example.org>"
    growth = grown("chat_mails_total")
    with mail_server(settings) as heard:
        send("Zoë")
    assert any(line.startswith("mail FROM:<chat@example.org>") for line in heard)
    assert f"rcpt TO:<{ADDRESS}>" in heard
    for line in (
        "Subject: Your password was changed",
        "From: Chat <chat@example.org>",
        f"To: {ADDRESS}",
        'Content-Type: text/plain; charset="utf-8"',
    ):
        assert line in heard
    assert any("account Zoë at http" in line for line in heard)
    assert growth() == {("chat_mails_total", "sent"): 1}


def test_text_is_not_escaped_and_never_a_header(db):
    send_later("reset_password", to=ADDRESS, username="<a&b>'\nBcc: bob@example.org", link="http://x/reset/y?a&b")
    (message,) = sent()
    assert message.subject == "Set a new password"
    assert "<a&b>'" in message.body
    assert "http://x/reset/y?a&b" in message.body
    assert message.recipients() == [ADDRESS]
    assert "Bcc" not in message.message()


def failures(caplog):
    return [record.getMessage() for record in caplog.records if record.name == background.log.name]


def test_a_mail_server_that_refuses_is_logged_and_counted_without_the_address(db, settings, caplog):
    growth = grown("chat_mails_total")
    with mail_server(settings, refuses="rcpt"):
        send()
    (line,) = failures(caplog)
    assert line.startswith("something failed in the background: SMTPRecipientsRefused at ")
    assert ADDRESS not in caplog.text
    assert growth() == {("chat_mails_total", "failed"): 1}


@pytest.mark.parametrize("hangs", [True, False])
def test_a_mail_server_that_is_away_or_hangs_is_logged_and_counted(db, settings, caplog, hangs):
    growth = grown("chat_mails_total")
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if hangs:
            port.listen()
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT = port.getsockname()[1]
        assert settings.EMAIL_TIMEOUT == 10
        settings.EMAIL_TIMEOUT = 0.2
        send()
    (line,) = failures(caplog)
    assert ("SMTPServerDisconnected" if hangs else "ConnectionRefusedError") in line
    assert growth() == {("chat_mails_total", "failed"): 1}


def test_a_message_that_finds_too_many_waiting_is_counted(db):
    growth, release = grown("chat_mails_total"), threading.Event()
    background.run_later(release.wait)
    for _ in range(background.MOST + 1):
        send_later("password_changed", to=ADDRESS, username="amy")
    assert growth() == {("chat_mails_total", "dropped"): 2}
    release.set()
    assert len(sent()) == background.MOST - 1


@pytest.mark.django_db(transaction=True)
def test_a_message_goes_after_the_commit_and_never_for_what_was_undone():
    with transaction.atomic():
        send_later("password_changed", to=ADDRESS, username="kept")
        assert sent() == []

    @transaction.atomic
    def fail():
        send_later("password_changed", to=ADDRESS, username="undone")
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert ["kept" in message.body for message in sent()] == [True]


@pytest.mark.parametrize("template", ["confirm_email", "reset_password", "password_changed", "email_changed"])
def test_each_message_is_short_plain_and_says_where_it_comes_from(db, settings, template):
    settings.PUBLIC_URL = "https://chat.example.org"
    mails.send(template, to=ADDRESS, username="amy", link="https://chat.example.org/x")
    (message,) = sent()
    assert 10 < len(message.subject) < 50
    assert "{" not in message.body
    assert "https://chat.example.org" in message.body
    assert len(message.body.splitlines()) < 10
    assert message.content_subtype == "plain"
