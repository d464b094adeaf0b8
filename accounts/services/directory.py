"""Finding people, for operators: nothing is counted, and a page costs the same wherever it begins."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, TextChoices
from django.utils import timezone

from accounts.emails import email_key
from accounts.models import User
from accounts.usernames import username_key
from chatsystem.errors import InvalidQuery

LAST_CHARACTER = "\U0010ffff"  # which no name has


class Status(TextChoices):
    """What people may be listed by."""

    ALL = "", "everybody"
    SUSPENDED = "suspended", "suspended now"
    INACTIVE = "inactive", "not active"
    OPERATORS = "operators", "operators"


@dataclass(frozen=True, slots=True)
class People:
    """Some people, who joined last first, and whom to ask for `before`: None at the end."""

    people: Sequence[User]
    older: UUID | None


def list_people(*, term: str = "", status: str = Status.ALL, before: UUID | None = None, limit: int) -> People:
    """Return up to `limit` people, or those who joined `before` one of them.

    `term` is the beginning of a name, whatever its case, a whole id, or a whole confirmed e-mail address. Raises
    `InvalidQuery` for a place that nobody has.
    """
    people = _of_status(_found_by(term.strip()), status)
    if before is not None:
        joined = User.objects.filter(pk=before).values_list("date_joined", flat=True).first()
        if joined is None:
            raise InvalidQuery.of("before", "invalid_cursor", "This page began with somebody who is gone.")
        # The first condition is the index's; the second only tells apart who joined at one moment.
        people = people.filter(Q(date_joined__lt=joined) | Q(pk__lt=before), date_joined__lte=joined)
    found = list(people.order_by("-date_joined", "-pk")[: limit + 1])
    return People(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def _found_by(term: str) -> QuerySet[User]:
    if not term:
        return User.objects.all()
    wanted = _begins_with(username_key(term)) | Q(email_key=email_key(term).replace("\0", ""))
    with suppress(ValueError):
        wanted |= Q(pk=UUID(term))
    return User.objects.filter(wanted)


def _begins_with(key: str) -> Q:
    wanted = Q(username_key__startswith=key)
    if connection.vendor == "sqlite":
        # Its LIKE, which ignores case, asks no index; a range of bytes does. PostgreSQL has an index for LIKE.
        wanted &= Q(username_key__gte=key, username_key__lt=f"{key}{LAST_CHARACTER}")
    return wanted


def _of_status(people: QuerySet[User], status: str) -> QuerySet[User]:
    match status:
        case Status.SUSPENDED:
            now = timezone.now()
            return people.filter(Q(suspended_until=None) | Q(suspended_until__gt=now), suspended_at__isnull=False)
        case Status.INACTIVE:
            return people.filter(is_active=False)
        case Status.OPERATORS:
            return people.filter(Q(is_staff=True) | Q(is_superuser=True))
        case _:
            return people
