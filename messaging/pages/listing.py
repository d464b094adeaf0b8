"""What lists have in common: where their rows lead, and where one can turn to.

In a row `reverse` would take longer than all else, so it is asked once a list.
"""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from accounts.models import User
from messaging.types import Message

SOMETHING = UUID(int=0)  # stands for a message's id


def addresses_of_messages() -> Callable[[UUID], str]:
    """Return what makes the address that leads to a message's place in its conversation from the message's id."""
    before = reverse("messaging:message", args=[SOMETHING]).removesuffix(str(SOMETHING))
    return lambda message_id: f"{before}{message_id}"


def query(**asked: str | None) -> str:
    """Return the query of an address with what is asked for."""
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def who_to_whom(person: User) -> Callable[[Message], SafeString]:
    """Return what says who sent a message to whom, as `person` reads it."""
    from_me, to_me = gettext("You to %(name)s"), gettext("%(name)s to you")
    from_me, to_me, to_myself = escape(from_me), escape(to_me), escape(gettext("You to yourself"))

    def say(message: Message) -> SafeString:
        if message.sender_id == message.recipient_id:
            return to_myself
        is_mine = message.sender_id == person.pk
        name = f"<bdi>{escape(message.recipient if is_mine else message.sender)}</bdi>"
        return mark_safe((from_me if is_mine else to_me) % {"name": name})  # noqa: S308  (its parts are escaped)

    return say
