"""Every refusal and outage of the service, each with its status and a code that clients may rely on.

Clients match `code`, people read `message`. `error` is the text that clients of the old service match;
where it is empty, `message` stands there too. `chatsystem.api.problems` turns these into JSON,
`chatsystem.pages` into a page, which translates `message`: one with values in it is a `Translatable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chatsystem.limits import MAX_BLOCKS, MAX_SEND_KEY_LENGTH
from chatsystem.translatable import Translatable


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the input."""

    field: str
    code: str
    message: str
    limit: int | None = None


class ChatError(Exception):
    """The base: a refusal that names what is wrong."""

    status = 400
    code = "invalid"
    message = "The request can't be answered."
    error = ""
    field: str | None = None
    limit: int | None = None
    retry_after: int | None = None  # seconds

    def __init__(self, message: str | None = None, *, errors: Sequence[FieldError] = ()) -> None:
        self.message = message or self.message
        self.errors = tuple(errors)
        if not self.errors and self.field:
            self.errors = (FieldError(self.field, self.code, self.message, self.limit),)
        super().__init__(self.message)


class InvalidPayload(ChatError):
    """The body's shape or a value in it; `errors` says which field, which limit."""

    code = "invalid_payload"
    message = "The request's body is not as it should be."
    error = "invalid payLoad"

    @classmethod
    def of(cls, field: str, code: str, message: str, limit: int | None = None) -> "InvalidPayload":
        """Return the error of one field."""
        return cls(message, errors=[FieldError(field, code, message, limit)])


class InvalidQuery(ChatError):
    """A parameter in the URL."""

    code = "invalid_query"
    message = "The request's parameters are not as they should be."

    @classmethod
    def of(cls, field: str, code: str, message: str, limit: int | None = None) -> "InvalidQuery":
        """Return the error of one parameter."""
        return cls(message, errors=[FieldError(field, code, message, limit)])


class PayloadTooLarge(ChatError):
    """The body has more bytes than the API takes, or a page's form."""

    status = 413
    code = "payload_too_large"
    message = "The request's body is too large."


class UsernameTaken(ChatError):
    """Somebody has the name, in this or another case."""

    status = 409
    code = "username_taken"
    message = "username already taken :("
    field = "username"


class InvalidLogin(ChatError):
    """Unknown name, wrong password or closed account: alike, so that nobody learns who exists."""

    status = 401
    code = "invalid_login"
    message = "invalid login"


class AccountSuspended(ChatError):
    """An operator keeps the person out for a time; told only to whoever has the password."""

    status = 403
    code = "account_suspended"
    message = "This account is suspended."

    @classmethod
    def until(cls, end: datetime | None, reason: str) -> "AccountSuspended":
        """Return the error with the end in UTC, where there is one, and the reason."""
        if end is None:
            return cls(Translatable("This account is suspended. {reason}", reason=reason) if reason else None)
        until = f"{end.astimezone(UTC):%Y-%m-%d %H:%M}"
        if not reason:
            return cls(Translatable("This account is suspended until {until} UTC.", until=until))
        return cls(Translatable("This account is suspended until {until} UTC. {reason}", until=until, reason=reason))


class WrongPassword(ChatError):
    """Not the password that the person has now."""

    code = "wrong_password"
    message = "This is not your current password."
    field = "current_password"


class LinkInvalid(ChatError):
    """A one-time link that is unknown, used or expired, or of a person who may not act: alike."""

    code = "link_invalid"
    message = "This link is not valid, or not any more. Ask for a new one."


class EmailUnavailable(ChatError):
    """Another account has the address; only whoever reads its mail gets to see this."""

    status = 409
    code = "email_unavailable"
    message = "This address can't be confirmed for this account."


class NotAuthenticated(ChatError):
    """A protected address without a token."""

    status = 401
    code = "not_authenticated"
    message = "Log in and send the token in the Authorization header."


class InvalidToken(NotAuthenticated):
    """A token that is forged, expired, incomplete, or of a person who isn't there."""

    code = "invalid_token"
    message = "The token is not valid. Log in again."


class InvalidRefreshToken(NotAuthenticated):
    """A refresh token that is unknown, used or expired, or whose session has ended."""

    code = "invalid_refresh_token"
    message = "The refresh token is not valid. Log in again."


class Forbidden(ChatError):
    """The person is known, and may not."""

    status = 403
    code = "forbidden"
    message = "This is not allowed."


class RegistrationClosed(Forbidden):
    """An operator has closed registration."""

    code = "registration_closed"
    message = "New accounts can't be made here at the moment."


class StaleForm(Forbidden):
    """A form without the token of its page: an old page, or another site's (CSRF)."""

    code = "stale_form"
    message = "This form is too old or came from elsewhere. Go back, reload the page and send it again."


class NotFound(ChatError):
    """Nothing stands at this address."""

    status = 404
    code = "not_found"
    message = "There is nothing at this address."


class SyncTokenExpired(ChatError):
    """What happened since the token is not kept any more: the client must read anew."""

    status = 410
    code = "sync_token_expired"
    message = "This token is over 30 days old. Ask without `since` for a new one, then read the history anew."
    field = "since"


class SessionNotFound(NotFound):
    """No such session, or somebody else's, or one that has ended: alike."""

    code = "session_not_found"
    message = "There is no such session."


class MethodNotAllowed(ChatError):
    """The address doesn't take this method; the Allow header says which it takes."""

    status = 405
    code = "method_not_allowed"
    message = "This address does not take this method."


class RateLimited(ChatError):
    """More requests than a policy allows; `retry_after` says when the next one is worth a try."""

    status = 429
    code = "rate_limited"
    message = "Too many requests."
    retry_after = 60
    what = ""  # of which there were too many

    @classmethod
    def of(cls, what: str, retry_after: int) -> "RateLimited":
        """Return the error of too many `what`; the next one is worth a try in `retry_after` seconds."""
        many = Translatable(what)
        error = cls(Translatable("Too many {what}. Try again in {seconds} s.", what=many, seconds=retry_after))
        error.what, error.retry_after = many, retry_after
        return error


class RecipientNotFound(ChatError):
    """No such account, or none that takes messages from this sender: alike."""

    code = "recipient_not_found"
    message = "recipient does not exist"
    field = "recipient"


class ReplyNotFound(ChatError):
    """A message to answer that the sender doesn't have in this conversation."""

    code = "reply_not_found"
    message = "The message to reply to is not in this conversation."
    field = "reply_to"


class InvalidIdempotencyKey(ChatError):
    """A key that can't be."""

    code = "invalid_idempotency_key"
    message = f"An Idempotency-Key has 1 to {MAX_SEND_KEY_LENGTH} visible ASCII characters."
    field = "Idempotency-Key"


class IdempotencyKeyReused(ChatError):
    """The key came with another body before: it can't stand for both."""

    status = 422
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was sent with another message before. Use a new key for a new message."
    field = "Idempotency-Key"


class MessageNotFound(ChatError):
    """An unknown id, a stranger's message, or a copy that its owner removed: alike."""

    status = 404
    code = "message_not_found"
    message = "There is no such message."


class ConversationNotFound(ChatError):
    """An unknown name, or somebody of whom one has no message: alike."""

    status = 404
    code = "conversation_not_found"
    message = "There is no such conversation."


class NotYours(Forbidden):
    """Only its author may change a message for both people."""

    code = "not_yours"
    message = "Only its author can do this to a message."


class EditWindowOver(ChatError):
    """The message is too old to be edited."""

    status = 409
    code = "edit_window_over"
    message = "This message is too old to be edited."


class MessageRedacted(ChatError):
    """Nothing is left to edit."""

    status = 409
    code = "message_redacted"
    message = "This message was deleted for everyone."


class RecipientBlocked(ChatError):
    """The sender has blocked the recipient, who could not answer."""

    code = "recipient_blocked"
    message = "You have blocked this person. Unblock them to write to them."
    field = "recipient"


class PersonNotFound(NotFound):
    """Nobody has that name."""

    code = "person_not_found"
    message = "Nobody has this name."
    field = "username"


class CannotBlockYourself(ChatError):
    """One's own messages always arrive."""

    code = "cannot_block_yourself"
    message = "You can't block yourself."
    field = "username"


class TooManyBlocks(ChatError):
    """The person blocks as many others as can be."""

    code = "too_many_blocks"
    message = Translatable("You can block {limit:,} people at most.", limit=MAX_BLOCKS)
    field = "username"
    limit = MAX_BLOCKS


class JobNotFound(NotFound):
    """No such job."""

    code = "job_not_found"
    message = "There is no such job."


class JobOver(ChatError):
    """The job is done or cancelled, so there is nothing to cancel."""

    status = 409
    code = "job_over"
    message = "This job has ended already."


class NothingToRetry(ChatError):
    """The job waits, is under way, or did all that it was to do."""

    status = 409
    code = "nothing_to_retry"
    message = "Only a job that failed, was cancelled or could not do some items can be tried again."


class CannotReportYourself(ChatError):
    """Reports are of others, and of what others wrote."""

    code = "cannot_report_yourself"
    message = "You can't report yourself, nor what you wrote."


class ChangedMeanwhile(ChatError):
    """What is reported isn't any more as its reporter saw it. Pages alone say what that was."""

    status = 409
    code = "changed_meanwhile"
    message = (
        "This was changed or deleted after you opened the page, so nothing is reported yet. It is shown as it is now:"
        " say in your own words what you saw, and report it again."
    )
    field = "seen"


class CaseNotFound(NotFound):
    """No such case."""

    code = "case_not_found"
    message = "There is no such case."


class CaseDecided(ChatError):
    """Somebody else was faster, or the decision is an old one: it must be reopened first."""

    status = 409
    code = "case_decided"
    message = "This case is decided already. Reopen it to decide anew."


class CaseUndecided(ChatError):
    """There is nothing to reopen."""

    status = 409
    code = "case_undecided"
    message = "This case isn't decided yet."


class AnotherCaseOpen(ChatError):
    """A person has one open case at most, which all reports of them join."""

    status = 409
    code = "another_case_open"
    message = "There is another open case about this person. Go on with that one."


class Unavailable(ChatError):
    """A part of the service is away; the same request may work again soon."""

    status = 503
    code = "unavailable"
    message = "The service is out of order for a moment. Please try again."
    retry_after = 5


class ReadOnly(Unavailable):
    """An operator has the service stay as it is for a while: reading, logging in and logging out go on."""

    code = "read_only"
    message = "Nothing can be sent or changed here at the moment. Please try again later."
    retry_after = 60


class StorageUnavailable(Unavailable):
    """Cassandra is away. A write may still have happened, in all of its rows or in none."""

    code = "storage_unavailable"
    message = "Messages can't be reached for a moment. Please try again."


class DatabaseUnavailable(Unavailable):
    """SQL is away: nobody can be recognised, which is not the same as being unknown."""

    code = "database_unavailable"
    message = "Accounts can't be reached for a moment. Please try again."


class LimitsUnavailable(Unavailable):
    """Redis is away, so counts can't be cleared; they end by themselves, with their windows."""

    code = "limits_unavailable"
    message = "The limits can't be reached for a moment. Please try again."


class NotReady(Unavailable):
    """A part that the service can't do without is away, or its schema is older than the code."""

    code = "not_ready"
    message = "The service is not ready."


class Unexpected(ChatError):
    """A bug. The log has the rest, under the request's id."""

    status = 500
    code = "unexpected"
    message = "our bad. something went wrong .. please try again later"
