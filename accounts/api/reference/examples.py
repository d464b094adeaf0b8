"""What examples say again and again: the same people, tokens and sessions everywhere."""

ALICE_ID = "8f7c8f5e-6b0e-4c53-9d0c-0f6c3a0d9f51"
ALICE = {"id": ALICE_ID, "username": "alice"}
PASSWORD = "correct horse battery"  # noqa: S105  (nobody's)
NEW_PASSWORD = "battery staple correct"  # noqa: S105  (as above)

ACCESS_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI4ZjdjOGY1ZSJ9.c2lnbmF0dXJl"  # noqa: S105  (as above)
REFRESH_TOKEN = "uSGkcQTTWuDXsPcVZlqz7Vh0qSxOQkYJ3b1rW5nT2aE"  # noqa: S105  (as above)
NEXT_ACCESS_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI4ZjdjOGY1ZSJ9.bmV4dA"  # noqa: S105  (as above)
NEXT_REFRESH_TOKEN = "B6mWJtDf9pUe0cYx2LrKhZ4sNq8vGi1oTa7wMbR5jXk"  # noqa: S105  (as above)
LINK_TOKEN = "Q0v8sJ3nYtB5rXc1LgWm7Zk2HaPd9eUf4iTo6RySxEw"  # noqa: S105  (as above)

SESSION_ID = "5d0c7f2e-8a41-4b6d-9c35-1e2f7a8b9c0d"
OTHER_SESSION_ID = "c3b9e8d7-2f16-4a05-8b7c-6d5e4f3a2b1c"
