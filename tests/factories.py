"""People for tests, whom no other test knows."""

import secrets

from accounts.models import Session, User
from accounts.services.sessions import start_session
from accounts.tokens import issue_access_token

PASSWORD = "correct horse battery"


def new_name() -> str:
    """Return a username that nobody has."""
    return f"u{secrets.token_hex(7)}"


def access_token(person: User) -> str:
    """Return a token of a new session, as logging in gives one."""
    session = start_session(person=person, kind=Session.Kind.API, device="test", address=None)
    return issue_access_token(person, session.pk)
