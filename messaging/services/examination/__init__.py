"""Whether what is stored keeps its promises, and mending it where it doesn't.

Every message stands in up to four places, every conversation in a row of each side, and several tables say what is
where. A write does all of that at once, so they agree; this is for what may happen all the same: a node that came back
without its disk, a batch that was given up, a mistake of ours.
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from accounts.models import User
from accounts.usernames import username_key
from messaging.services.examination.findings import Finding
from messaging.services.examination.person import Examination

__all__ = ["Finding", "examine_person", "people_to_examine"]


def people_to_examine(*, username: str | None = None, after: UUID | None = None) -> Iterator[User]:
    """Return all people, or that one, in an order that lasts; `after` an id, the rest."""
    people = User.objects.order_by("pk")
    if username is not None:
        people = people.filter(username_key=username_key(username))
    if after is not None:
        people = people.filter(pk__gt=after)
    return people.iterator()


def examine_person(*, person: User, mend: bool, tell: Callable[[Finding], None]) -> None:
    """Examine what is stored for `person` and, of the same messages, for their peers; `tell` hears of each finding.

    With `mend` it is mended too, where it can be, by writes that change nothing where something newer stands.
    Raises `StorageUnavailable`, after which it can be done again.
    """
    Examination(person, mend=mend, tell=tell).run()
