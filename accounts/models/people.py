"""People."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.usernames import clean_new_username, clean_username, username_key
from chatsystem.errors import ChatError
from chatsystem.limits import MAX_DISPLAY_NAME_LENGTH, MAX_EMAIL_LENGTH, MAX_REASON_LENGTH, MAX_USERNAME_LENGTH

MAX_KEY_LENGTH = 3 * MAX_USERNAME_LENGTH  # characters: casefold makes three of one at most
MAX_EMAIL_KEY_LENGTH = 3 * MAX_EMAIL_LENGTH  # as above


class UserManager(BaseUserManager["User"]):
    """Makes and finds people."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Store a new person. Raises `InvalidPayload` for the name, `IntegrityError` where it is taken."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Store a new operator who may do everything."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person of that name, whatever its case. Raises `User.DoesNotExist`."""
        return self.get(username_key=username_key(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or a program, with an account. The id is random, so it's never handed out twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=MAX_USERNAME_LENGTH, unique=True, help_text="As it is shown.")
    username_key = models.CharField(
        max_length=MAX_KEY_LENGTH, unique=True, editable=False, help_text="As it is matched: without regard to case."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Whether this person can log in and get messages."
    )
    is_staff = models.BooleanField("operator", default=False, help_text="Whether this person can sign in to the admin.")
    display_name = models.CharField(max_length=MAX_DISPLAY_NAME_LENGTH, blank=True, help_text="Shown beside the name.")
    email = models.EmailField(blank=True, help_text="Confirmed by a link; others are not kept.")
    email_key = models.CharField(
        max_length=MAX_EMAIL_KEY_LENGTH,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="As it is matched: without regard to case.",
    )
    time_zone = models.CharField(max_length=64, blank=True, help_text="As Europe/Zurich; empty: not chosen, UTC.")
    language = models.CharField(max_length=16, blank=True, help_text="As en or de-ch; empty: not chosen.")
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Empty: until an operator ends it."
    )
    suspension_reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True, editable=False)
    date_joined = models.DateTimeField("joined", default=timezone.now, editable=False, db_index=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        # What operators list people by that few of them are: each list is as short as its index.
        indexes: ClassVar = [
            models.Index(
                fields=["date_joined"], condition=models.Q(suspended_at__isnull=False), name="suspended_people"
            ),
            models.Index(fields=["date_joined"], condition=models.Q(is_active=False), name="inactive_people"),
            models.Index(
                fields=["date_joined"],
                condition=models.Q(is_staff=True) | models.Q(is_superuser=True),
                name="operators",
            ),
        ]
        permissions: ClassVar = [
            ("suspend_people", "Can suspend people and end suspensions"),
            ("end_sessions", "Can end other people's sessions"),
            ("make_reset_links", "Can make links to set a new password"),
            ("clear_limits", "Can clear what was counted against people"),
            ("grant_roles", "Can give and take roles"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_suspended(self) -> bool:
        """Whether an operator keeps this person out at the moment."""
        until = self.suspended_until
        return self.suspended_at is not None and (until is None or until > timezone.now())

    @property
    def may_act(self) -> bool:
        """Whether this person can log in, stay logged in and get messages."""
        return self.is_active and not self.is_suspended

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the person under the clean form of the name."""
        self.username = clean_username(self.username)
        self.username_key = username_key(self.username)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Tell the admin's forms what is wrong with a name, or that somebody has it."""
        super().clean()
        clean_name = clean_new_username if self._state.adding else clean_username
        try:
            self.username = clean_name(self.username)
        except ChatError as error:
            raise ValidationError({"username": str(error)}) from error
        if User.objects.filter(username_key=username_key(self.username)).exclude(pk=self.pk).exists():
            raise ValidationError({"username": "Somebody has this name, in this or another case."})
