"""The reasons that operators give."""

from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_REASON_LENGTH

BLANK = "Give a reason, which stays in the audit log."


def clean_reason(reason: str, *, required: bool = True, blank: str = BLANK) -> str:
    """Return it with line ends as LF, of which browsers send two characters, and without white space around it.

    Raises `InvalidPayload` where it's missing and `required` (`blank` is what people are told), too long, or holds what
    can't be stored.
    """
    reason = reason.replace("\r\n", "\n").strip()
    if required and not reason:
        raise InvalidPayload.of("reason", "blank", blank)
    if len(reason) > MAX_REASON_LENGTH:
        message = f"A reason has {MAX_REASON_LENGTH} characters at most."
        raise InvalidPayload.of("reason", "too_long", message, MAX_REASON_LENGTH)
    # PostgreSQL takes no NUL, and halves of a surrogate pair, which JSON may carry, are no text.
    if "\0" in reason or any("\ud800" <= character <= "\udfff" for character in reason):
        raise InvalidPayload.of("reason", "invalid_character", "A reason has no control characters.")
    return reason
