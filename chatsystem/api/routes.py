"""Addresses of the API: each answers with and without a slash at the end, as clients of the old service rely on."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, register_converter
from django.urls.converters import UUIDConverter

View = Callable[..., Any]


class IdConverter(UUIDConverter):
    """A UUID in an address, in whatever case a client writes it."""

    regex = f"(?i:{UUIDConverter.regex})"


register_converter(IdConverter, "id")


def routes(address: str, view: View, *, name: str, also: str | None = None) -> list[URLPattern]:
    """Return the patterns of an endpoint; the last is the one that is documented and linked, the others answer alike.

    `also` is a short name that the old service's README used.
    """
    written = [also, f"{also}/"] if also else []
    return [path(text, view, name=name) for text in (*written, f"{address}/", address)]
