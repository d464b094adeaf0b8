"""How far a client has caught up, as a value that it hands back: nothing of it is kept on the server."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self
from uuid import RFC_4122, UUID

from chatsystem.errors import InvalidQuery
from messaging.types import order_of

VERSION = b"\x01"
SIZE = 16  # bytes of an id
CHECK_SIZE = 8  # bytes
REMEMBERED = 100  # changes: with as many a token has 2,200 characters, which every server takes in a URL


@dataclass(frozen=True)
class SyncToken:
    """A place in somebody's changes. Nobody else looks inside its text.

    All changes up to `floor` were handed out, and none can appear there any more. Of later ones those in `handed`
    were handed out; others may still appear between them.
    """

    floor: UUID
    handed: frozenset[UUID] = frozenset()

    def encode(self, owner_id: UUID) -> str:
        """Return the text that clients hand back, safe in a URL."""
        ids = (self.floor, *sorted(self.handed, key=order_of))
        body = VERSION + b"".join(one.bytes for one in ids)
        return base64.urlsafe_b64encode(body + _check(body, owner_id)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, owner_id: UUID) -> Self:
        """Read `encode`'s text. Raises `InvalidQuery` for anything else, a token of somebody else's too."""
        try:
            whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            whole = b""
        body = whole[:-CHECK_SIZE]
        packed = body.removeprefix(VERSION)
        ids = [UUID(bytes=packed[at : at + SIZE].ljust(SIZE, b"\0")) for at in range(0, len(packed), SIZE)]
        if not 1 <= len(ids) <= 1 + REMEMBERED or any(one.variant != RFC_4122 or one.version != 1 for one in ids):
            raise _invalid()
        token = cls(ids[0], frozenset(ids[1:]))
        # Whatever differs in the least is no token of ours, or would be read as another one.
        if token.encode(owner_id) != text:
            raise _invalid()
        return token


def etag_of(text: str) -> str:
    """Return a short name of a token's text."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _check(body: bytes, owner_id: UUID) -> bytes:
    """Return what tells a token that was cut, changed or taken from somebody else's answer. It's no secret."""
    return blake2b(body, digest_size=CHECK_SIZE, key=owner_id.bytes).digest()


def _invalid() -> InvalidQuery:
    return InvalidQuery.of("since", "invalid_sync_token", "This is no place to go on from; take `next` of an answer.")
