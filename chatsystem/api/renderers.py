"""Bodies of answers."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    """Writes JSON in UTF-8 by orjson."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON has none: RFC 8259, 11

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return `data` as bytes; bytes are JSON already."""
        if isinstance(data, bytes):
            return data
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_UTC_Z)  # as messages have it


class AlwaysJSON(BaseContentNegotiation):
    """Takes and gives JSON whatever the headers say, as the old service did."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Return the one parser."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the one renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
