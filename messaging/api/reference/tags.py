"""What the endpoints of messages are about."""

MESSAGES = "Messages"
CONVERSATIONS = "Conversations"
CATCHING_UP = "Catching up"
TAGS = [
    {"name": MESSAGES, "description": "Sending, and finding again what one sent and got."},
    {"name": CONVERSATIONS, "description": "With whom one has messages, and what of it is unread: one's own side."},
    {"name": CATCHING_UP, "description": "What happened since a client last asked."},
]
