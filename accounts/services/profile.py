"""What people tell of themselves, and what they choose."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.display_names import clean_display_name
from accounts.emails import clean_email
from accounts.models import Link, User
from accounts.services.changes import person_changed
from accounts.services.emails import remove_email, request_email
from accounts.services.passwords import check_current_password
from chatsystem.addresses import Address
from chatsystem.errors import InvalidPayload, InvalidToken
from chatsystem.time_zones import time_zones
from chatsystem.translatable import Translatable

# Language, script and region of a tag by BCP 47 (RFC 5646, 2.1): as de, de-ch, zh-hant-tw.
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as they see themselves. What they haven't chosen is empty."""

    id: UUID
    username: str
    display_name: str
    email: str  # confirmed
    email_pending: bool  # whether a link is on its way that would confirm another one
    time_zone: str
    language: str
    created_at: datetime


def get_profile(*, person: User) -> Profile:
    """Return what `person` is now, by one query. Raises `InvalidToken` where the account is gone."""
    links = Link.objects.filter(
        person=OuterRef("pk"), purpose=Link.Purpose.CONFIRM_EMAIL, used_at=None, expires_at__gt=timezone.now()
    )
    people = User.objects.filter(pk=person.pk).annotate(email_pending=Exists(links))
    found = people.values_list(
        "id", "username", "display_name", "email", "email_pending", "time_zone", "language", "date_joined"
    ).first()
    if found is None:
        raise InvalidToken
    return Profile(*found)


def change_profile(
    *,
    person: User,
    display_name: str | None = None,
    time_zone: str | None = None,
    language: str | None = None,
    email: str | None = None,
    current_password: str | None = None,
    address: Address | None = None,
) -> Profile:
    """Change what isn't None; empty clears it. An address counts once a link that is sent to it was used.

    A change of the e-mail address asks for the password that `person` has. Raises `InvalidPayload` for what can't be,
    `WrongPassword`, which counts as a log-in that failed, and `RateLimited`: then nothing has changed.
    """
    values = _clean(display_name=display_name, time_zone=time_zone, language=language)
    if email is not None:
        email = email and clean_email(email)  # before the password, which costs a try
        _check_owner(person, current_password, address)
    with transaction.atomic():
        if email:
            request_email(person=person, email=email)
        elif email == "":
            remove_email(person=person)
        if values:
            User.objects.filter(pk=person.pk).update(**values)
            person_changed(person)
    return get_profile(person=person)


def adopt_time_zone(*, person: User, time_zone: str) -> None:
    """Take over the known zone of somebody's browser where they have chosen none; a choice stands."""
    if not person.time_zone and User.objects.filter(pk=person.pk, time_zone="").update(time_zone=time_zone):
        person.time_zone = time_zone
        person_changed(person)


def clean_time_zone(time_zone: str) -> str:
    """Return a name of the time zone database, or empty for none chosen. Raises `InvalidPayload`."""
    if time_zone and time_zone not in time_zones():
        message = Translatable("This is not the name of a time zone, as Europe/Zurich.")
        raise InvalidPayload.of("time_zone", "unknown_time_zone", message)
    return time_zone


def clean_language(language: str) -> str:
    """Return a language's tag in lower case, as Django writes it, or empty for none chosen. Raises `InvalidPayload`.

    Any language will do: programs may speak more of them than our pages.
    """
    tag = language.lower()
    if tag and not LANGUAGE.fullmatch(tag):
        message = Translatable("This is not the tag of a language, as de, de-CH or zh-Hant.")
        raise InvalidPayload.of("language", "malformed_language", message)
    return tag


CLEAN = {"display_name": clean_display_name, "time_zone": clean_time_zone, "language": clean_language}


def _clean(**values: str | None) -> dict[str, str]:
    return {field: CLEAN[field](value) for field, value in values.items() if value is not None}


def _check_owner(person: User, current_password: str | None, address: Address | None) -> None:
    """Let nobody take the account over who only found it open."""
    if current_password is None:
        message = Translatable("To change the e-mail address, give your current password.")
        raise InvalidPayload.of("current_password", "required", message)
    check_current_password(person=person, password=current_password, address=address)
