"""What the reference says of accounts, a module for each noun; see `chatsystem.api.reference`."""

from accounts.api.reference import blocks, emails, limits, logging_in, passwords, profile, sessions, tokens

TAGS = [
    *logging_in.TAGS,
    *sessions.TAGS,
    *passwords.TAGS,
    *profile.TAGS,
    *emails.TAGS,
    *blocks.TAGS,
    *limits.TAGS,
]

__all__ = ["TAGS", "tokens"]
