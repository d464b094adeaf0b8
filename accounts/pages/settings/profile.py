"""How one is called, and by which clock and in which language one reads."""

from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.pages.settings.views import SettingsForm
from accounts.pages.settings.zones import ZoneSelect
from accounts.services.profile import Profile, change_profile, get_profile
from chatsystem.limits import MAX_DISPLAY_NAME_LENGTH
from chatsystem.pages import locale, times


class ProfileForm(forms.Form):
    """Asks for all of it; what is left empty is not chosen."""

    display_name = forms.CharField(
        label=_("Display name"),
        required=False,
        help_text=_("Shown beside your username, which others write to."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto", "maxlength": MAX_DISPLAY_NAME_LENGTH}),
    )
    time_zone = forms.CharField(label=_("Time zone"), required=False, widget=ZoneSelect)
    language = forms.CharField(label=_("Language"), required=False, widget=forms.Select)


class ProfilePage(SettingsForm):
    """Shows what one has chosen, and changes it."""

    section = "profile"
    form_class = ProfileForm
    template_name = "accounts/settings/profile.html"
    success_url = reverse_lazy("accounts:settings")
    done = _("Your profile is saved.")

    @cached_property
    def profile(self) -> Profile:
        """What one has chosen until now."""
        return get_profile(person=self.person)

    def get_initial(self) -> dict[str, Any]:
        """Return what was chosen; where no zone was, the one that the browser told."""
        initial = {
            "display_name": self.profile.display_name,
            "time_zone": self.profile.time_zone or locale.told_zone(self.request),
            "language": self.profile.language,
        }
        return {**initial, **super().get_initial()}

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form, with the languages that there are and a word on the browser's zone."""
        form = super().get_form(form_class)
        form.fields["time_zone"].help_text = self.hint()
        form.fields["language"].widget.choices = languages(self.profile.language)
        return form

    def hint(self) -> str:
        """Return which zone the browser is in, where that is news."""
        told = locale.told_zone(self.request)
        if not told or told == self.profile.time_zone:
            return ""
        if self.profile.time_zone:
            return gettext("Your browser is in %(zone)s.") % {"zone": told}
        return gettext("Suggested by your browser: %(zone)s. It counts once you save it.") % {"zone": told}

    def act(self, *, display_name: str, time_zone: str, language: str) -> None:
        """Change it, and say so in the language that was just chosen."""
        profile = change_profile(person=self.person, display_name=display_name, time_zone=time_zone, language=language)
        locale.ask_browser(self.request)
        locale.follow(profile)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        since = times.on_day(self.profile.created_at)
        return super().get_context_data(profile=self.profile, since=since, **context)


def languages(chosen: str) -> list[tuple[str, Any]]:
    """Return the languages to choose from, each by its own name, and one that a program has chosen."""
    spoken = dict(settings.LANGUAGES)
    choices = [("", _("As the browser asks")), *spoken.items()]
    if chosen and chosen not in spoken:
        choices.append((chosen, f"{spoken.get(chosen.split('-')[0], '')} ({chosen})".strip()))
    return choices
