"""People's e-mail addresses: one counts when whoever reads its mail has confirmed it, and none other is kept."""

from django.db import IntegrityError, transaction

from accounts.emails import clean_email, email_key
from accounts.models import Link, User
from accounts.services.changes import person_changed
from accounts.services.links import end_links, get_link, make_link, use_link
from accounts.services.mails import send_later
from chatsystem.errors import EmailUnavailable
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim


def request_email(*, person: User, email: str) -> None:
    """Ask the reader of `email` to confirm that it belongs to `person`; until then the address they have stays.

    Does the same for an address that somebody else has. Raises `InvalidPayload` for what can't be an address, and
    `RateLimited`.
    """
    email = clean_email(email)
    counters.take(confirmation_claim(email))
    with transaction.atomic():
        send_confirmation(person, email)


def send_confirmation(person: User, email: str) -> None:
    """Send the link for a clean address that was counted; earlier links of this kind are worthless from now on."""
    end_links(person=person, purpose=Link.Purpose.CONFIRM_EMAIL)
    link = make_link(person=person, purpose=Link.Purpose.CONFIRM_EMAIL, email=email)
    send_later("confirm_email", to=email, link=link)


def confirmation_claim(email: str) -> Claim:
    """Return what messages to a clean address are counted by, whoever asks for them."""
    return Claim(policies.CONFIRM, subject_of(email))


def subject_of(email: str) -> str:
    """Return the subject of limits by e-mail address, whether or not anybody has it."""
    return counters.subject("email", email_key(email))


def get_confirmation(*, token: str) -> Link:
    """Return what a link would confirm, with its person; it stays as it is. Raises `LinkInvalid`."""
    return get_link(token=token, purpose=Link.Purpose.CONFIRM_EMAIL)


def confirm_email(*, token: str) -> None:
    """Set the address that the link was sent to. The one that the person had before is told.

    Raises `LinkInvalid`, and `EmailUnavailable` where another account has the address by now: then nothing changes.
    """
    link = get_confirmation(token=token)
    try:
        with transaction.atomic():
            person = use_link(link)
            _set_email(person, link.email)
    except IntegrityError as error:
        raise EmailUnavailable from error


def remove_email(*, person: User) -> None:
    """Have `person` be without an address, which is told of it."""
    with transaction.atomic():
        _set_email(User.objects.select_for_update(no_key=True).get(pk=person.pk), "")


def _set_email(person: User, email: str) -> None:
    """Store a confirmed address or none, and end what was on its way to others. `person` must be locked."""
    former = person.email
    key = email_key(email) if email else None
    # Before the address, which is a key: whoever makes a link holds links and then wants the person's keys to stay.
    for purpose in Link.Purpose:  # whoever reads the former address must not set a new password
        end_links(person=person, purpose=purpose)
    User.objects.filter(pk=person.pk).update(email=email, email_key=key)
    person_changed(person)
    if former and email_key(former) != key:
        send_later("email_changed", to=former, username=person.username)
