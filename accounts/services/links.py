"""Links that are good for once, for whoever has them; kept as hashes, so that the database tells nobody a secret."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Link, User
from chatsystem.errors import LinkInvalid

LIFETIMES = {Link.Purpose.RESET_PASSWORD: timedelta(hours=1), Link.Purpose.CONFIRM_EMAIL: timedelta(hours=24)}
PAGES = {
    Link.Purpose.RESET_PASSWORD: "accounts:reset-password",
    Link.Purpose.CONFIRM_EMAIL: "accounts:confirm-email",
}


def make_link(*, person: User, purpose: Link.Purpose, email: str = "") -> str:
    """Return the address of a page that does what the link is for; nobody can read it again.

    It begins with PUBLIC_URL: what a request calls this server is the caller's word, and would send the secret there.
    """
    now = timezone.now()
    person.links.filter(expires_at__lte=now).delete()
    token = secrets.token_urlsafe(32)
    person.links.create(
        purpose=purpose, digest=_digest(token), email=email, created_at=now, expires_at=now + LIFETIMES[purpose]
    )
    return settings.PUBLIC_URL + reverse(PAGES[purpose], args=[token])


def get_link(*, token: str, purpose: Link.Purpose) -> Link:
    """Return the link with its person, and leave it usable.

    Raises `LinkInvalid` for one that is unknown, used or expired, or of a person who may not act: alike.
    """
    live = Link.objects.filter(purpose=purpose, used_at=None, expires_at__gt=timezone.now())
    link = live.select_related("person").filter(digest=_digest(token)).first()
    if link is None or not link.person.may_act:
        raise LinkInvalid
    return link


def use_link(link: Link) -> User:
    """Use the link up, and return its person, locked; call in the transaction that does what the link is for.

    Of any number of tries at once one gets through; to the others it raises `LinkInvalid`.
    """
    # The person first: two links of one person, each of which ends the other, would wait for one another. Without the
    # key, which PostgreSQL wants for whoever makes a link, at the commit, when expired ones are deleted already.
    person = User.objects.select_for_update(no_key=True).get(pk=link.person_id)
    now = timezone.now()
    if not Link.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
        raise LinkInvalid
    return person


def end_links(*, person: User, purpose: Link.Purpose) -> None:
    """Make all links of one kind that `person` was given worthless."""
    person.links.filter(purpose=purpose, used_at=None).update(used_at=timezone.now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
