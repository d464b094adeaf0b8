"""People in the admin."""

from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import User
from accounts.services.passwords import replace_password
from accounts.usernames import username_key


class NewPersonForm(AdminUserCreationForm):
    """Makes a person by hand."""

    class Meta:
        model = User
        fields: ClassVar[Any] = ("username",)

    def clean_username(self) -> Any:
        """Leave the name to `User.clean`, which knows more writings of one name than Django's check here does."""
        return self.cleaned_data["username"]


class NewPasswordForm(AdminPasswordChangeForm):
    """Sets somebody's password, or takes it away."""

    def save(self, commit: bool = True) -> User:
        """Store it; all devices of the person are logged out."""
        new = self.cleaned_data["password1"] if self.cleaned_data["set_usable_password"] else None
        person: User = self.user
        replace_password(person=person, new_password=new)
        return person


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Finds, makes and changes people."""

    add_form = NewPersonForm
    change_password_form = NewPasswordForm
    list_display = ("username", "date_joined", "last_login", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username_key", "id")  # how, says `get_search_results`
    search_help_text = "The beginning of a name, or a whole id"
    ordering = ("-date_joined",)
    readonly_fields = ("id", "email", "date_joined", "last_login")
    show_full_result_count = False  # a count over everyone would be read for each page
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "id", "date_joined", "last_login")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2")}),)

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> Any:
        """Find names by their beginning, as they are matched everywhere; blanks in them too. Find ids as a whole."""
        wanted = Q(username_key__startswith=username_key(search_term.strip()))
        with suppress(ValueError):
            wanted |= Q(pk=UUID(search_term.strip()))
        return queryset.filter(wanted), False  # nobody is found twice

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set somebody else's password. One's own has another page: it asks for the old one, and stays logged in."""
        if self.get_object(request, unquote(id)) == request.user:
            return HttpResponseRedirect(reverse("admin:password_change"))
        return super().user_change_password(request, id, form_url)
