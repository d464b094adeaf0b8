"""What the reference says of reports; see `chatsystem.api.reference`."""

from moderation.api.reference import reports

TAGS = reports.TAGS

__all__ = ["TAGS"]
