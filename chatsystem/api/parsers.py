"""Bodies of requests."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.parsers import BaseParser

from chatsystem.errors import InvalidPayload, PayloadTooLarge
from chatsystem.limits import MAX_BODY_BYTES


class JSONParser(BaseParser):
    """Reads strict JSON (RFC 8259) whatever Content-Type is declared, as clients of the old service rely on.

    Raises `InvalidPayload` for bytes that are no UTF-8, no JSON, or have text behind it, and `PayloadTooLarge`.
    """

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the value in the body."""
        try:
            body = stream.read(MAX_BODY_BYTES + 1)
        except OSError as error:  # the client went away half-way
            raise InvalidPayload("The request's body ended early.") from error
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"The request's body can have {MAX_BODY_BYTES:,} bytes at most.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidPayload("The request's body must be one JSON object in UTF-8.") from error
