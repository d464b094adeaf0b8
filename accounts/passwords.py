"""How passwords are hashed, and which are refused."""

import gzip
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatsystem.limits import COMMON_PASSWORDS, MAX_PASSWORD_LENGTH


class Argon2id(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum: 19 MiB, two passes, one lane; `PASSWORD_MEMORY` asks for more.

    A hash takes 15 ms; with Django's own parameters 128 ms and 100 MiB.
    """

    time_cost = 2
    parallelism = 1

    @property
    def memory_cost(self) -> int:  # type: ignore[override]  # a constant there, a deployment's choice here
        """Return how many KiB a hash fills."""
        memory: int = settings.PASSWORD_MEMORY
        return memory


class MaximumLengthValidator:
    """Refuses passwords over the limit: hashing costs by length."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a password that is too long."""
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """Return the rule as people read it."""
        return _("Your password can have %(limit)d characters at most.") % {"limit": MAX_PASSWORD_LENGTH}


class CommonPasswordValidator:
    """Refuses the commonest passwords, without regard to case."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a common password."""
        if password.lower().strip() in common_passwords():
            raise ValidationError(_("This password is too common."), code="password_too_common")

    def get_help_text(self) -> str:
        """Return the rule as people read it."""
        number = number_format(COMMON_PASSWORDS, force_grouping=True)
        return _("Your password can't be one of the %(number)s commonest.") % {"number": number}


@cache
def common_passwords() -> frozenset[str]:
    """Return the commonest passwords from Django's list, which is in order of frequency.

    Not all 20,000 of it: clients of the old service register with `Pa$$word`, its number 14,616.
    """
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in islice(lines, COMMON_PASSWORDS))
