"""Registering."""

from django.db import IntegrityError, transaction

from accounts import metrics
from accounts.emails import clean_email
from accounts.models import User
from accounts.services.emails import confirmation_claim, send_confirmation
from accounts.services.passwords import check_password
from accounts.services.people import is_taken
from accounts.services.switches import are_registrations_open, check_writable
from accounts.usernames import clean_new_username
from chatsystem.addresses import Address, counted_part
from chatsystem.errors import RegistrationClosed, UsernameTaken
from chatsystem.metrics import counted
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim


@counted(metrics.REGISTRATIONS)
def register(*, username: str, password: str, email: str | None = None, address: Address | None = None) -> User:
    """Make an account. Of several tries for one name at once, exactly one wins.

    An `email` is sent a link that confirms it, also where somebody has it already; the account is without until then.
    Raises `InvalidPayload` for a name, password or address that can't be, `UsernameTaken`, `RegistrationClosed`,
    `ReadOnly`, and `RateLimited`: only what makes an account is counted.
    """
    check_writable()
    username = clean_new_username(username)
    check_password(password)
    email = clean_email(email) if email else None
    check_registration_is_open()
    if is_taken(username=username):
        raise UsernameTaken  # before hashing, which is what costs
    claims = [Claim(policies.REGISTER, f"address:{counted_part(address)}")]
    if email:
        claims.append(confirmation_claim(email))
    counters.take(*claims)
    try:
        with transaction.atomic():
            person = User.objects.create_user(username, password)
            if email:
                send_confirmation(person, email)
    except IntegrityError as error:
        counters.give_back(*claims)
        raise UsernameTaken from error
    return person


def check_registration_is_open() -> None:
    """Raise `RegistrationClosed` where an operator has closed it."""
    if not are_registrations_open():
        raise RegistrationClosed
