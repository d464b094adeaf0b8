"""What operators switch, as pages show it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.services.switches import current


def switched(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor: looked for when a template asks, mostly in this process's memory.

    Where registration `is_closed_to_new`, no page leads to its form.
    """
    return {"is_closed_to_new": SimpleLazyObject(lambda: not current().registration_open)}
