"""What examples say again and again: Alice writes to Bob, and he answers."""

from typing import Any
from uuid import UUID

from accounts.api.reference.examples import ALICE_ID
from messaging.api.serializers import show_message
from messaging.services.sync_token import SyncToken, etag_of
from messaging.types import Cursor, Message

ALICE = UUID(ALICE_ID)
BOB = UUID("2b6f0cc9-04d6-4bfc-8f3e-7a1b5c9d2e60")
HELLO_ID = UUID("9eb4b287-e7e9-11f1-9d0c-6b1f6f0e2d11")
ANSWER_ID = UUID("c6ddbaf9-e7e9-11f1-9d0c-6b1f6f0e2d11")
UNKNOWN_ID = "e69d33b1-e7e9-11f1-9d0c-6b1f6f0e2d11"
SEND_KEY = "0b7c4f52-3e1d-4a68-9f0b-2d5e8c7a6b13"

HELLO: dict[str, Any] = show_message(Message(HELLO_ID, ALICE, "alice", BOB, "bob", "Hello, Bob!"))
EDITED = {**HELLO, "content": "Hello, dear Bob!", "edited_at": "2026-11-24T09:33:20.125Z"}
ANSWER: dict[str, Any] = show_message(Message(ANSWER_ID, BOB, "bob", ALICE, "alice", "Hello, Alice!", HELLO_ID))
ANSWER_CURSOR = Cursor(ANSWER_ID).encode()
HELLO_CURSOR = Cursor(HELLO_ID).encode()

DAY = "2026-11-24"
# Each remembers what has been handed out and isn't settled yet.
FIRST_TOKEN = SyncToken(UUID("983beb80-e7e9-11f1-bf7f-7f7f7f7f7f7f")).encode(ALICE)
SECOND_TOKEN = SyncToken(UUID("983beb80-e7e9-11f1-bf7f-7f7f7f7f7f7f"), frozenset({HELLO_ID})).encode(ALICE)
THIRD_TOKEN = SyncToken(UUID("0fc6f480-e7ea-11f1-bf7f-7f7f7f7f7f7f")).encode(ALICE)
SECOND_ETAG = f'"{etag_of(SECOND_TOKEN)}"'
