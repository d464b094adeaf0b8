"""Messages by e-mail: plain text, sent when the transaction under way is committed, by the background thread."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from accounts import metrics
from chatsystem import background


def send_later(template: str, *, to: str, **context: object) -> None:
    """Send the message that `templates/accounts/mail/<template>.txt` makes of `context`."""
    job = partial(send, template, to=to, **context)
    transaction.on_commit(lambda: run_later(job))


def run_later(job: Callable[[], object]) -> None:
    """Do `job`, which sends a message, in the background; where that has too much to do, count it as dropped."""
    if not background.run_later(job):
        metrics.MAILS.labels("dropped").inc()


def send(template: str, *, to: str, **context: object) -> None:
    """Send a message now; for jobs in the background, where a mail server may take its time."""
    # The first line is the subject, and only the template says it: nothing that people wrote gets into a header.
    text = render_to_string(f"accounts/mail/{template}.txt", {**context, "public_url": settings.PUBLIC_URL})
    subject, _, body = text.strip().partition("\n")
    try:
        EmailMessage(subject, body.strip() + "\n", to=[to]).send()
    except Exception:
        metrics.MAILS.labels("failed").inc()
        raise
    metrics.MAILS.labels("sent").inc()
