"""Forms by which the admin makes and changes accounts."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services.by_hand import CHANGED_BY_HAND
from accounts.services.passwords import replace_password
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.types import Actor
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_REASON_LENGTH


class WhyField(forms.CharField):
    """Why an account is made or changed, which may be left out."""

    widget = forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_LENGTH})

    def __init__(self) -> None:
        super().__init__(label="Reason", required=False, help_text="Stays in the audit log; may be left out.")

    def clean(self, value: Any) -> str:
        """Return the reason as services take it."""
        try:
            return clean_reason(super().clean(value), required=False)
        except InvalidPayload as error:
            raise ValidationError(error.message) from error


class NewPersonForm(AdminUserCreationForm):
    """Makes a person by hand."""

    reason = WhyField()

    class Meta:
        model = User
        fields: ClassVar[Any] = ("username",)

    def clean_username(self) -> Any:
        """Leave the name to `User.clean`, which knows more writings of one name than Django's check here does."""
        return self.cleaned_data["username"]


class PersonForm(forms.ModelForm):
    """Renames a person, closes the account or opens it again."""

    reason = WhyField()

    class Meta:
        model = User
        fields = CHANGED_BY_HAND


class NewPasswordForm(AdminPasswordChangeForm):
    """Sets somebody's password, or takes it away; `actor` does."""

    reason = WhyField()

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def save(self, commit: bool = True) -> User:
        """Store it; all devices of the person are logged out."""
        person: User = self.user
        reason = self.cleaned_data["reason"]
        replace_password(person=person, new_password=chosen_password(self), actor=self.actor, reason=reason)
        return person


def chosen_password(form: forms.BaseForm) -> str | None:
    """Return what a form sets, or None where nobody shall be able to log in by a password."""
    return form.cleaned_data["password1"] if form.cleaned_data["set_usable_password"] else None
