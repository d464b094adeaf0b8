"""Choosing a time zone."""

from functools import cache
from importlib.resources import files
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

REGIONS = (
    gettext_noop("Africa"),
    gettext_noop("America"),
    gettext_noop("Antarctica"),
    gettext_noop("Arctic"),
    gettext_noop("Asia"),
    gettext_noop("Atlantic"),
    gettext_noop("Australia"),
    gettext_noop("Europe"),
    gettext_noop("Indian"),
    gettext_noop("Pacific"),
)


class ZoneSelect(forms.Select):
    """A select of the zones that countries have, by region. Django's own would take 40 ms for so many."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return its HTML. A zone that isn't listed, as one by an old name, stands at the top where it is chosen."""
        chosen = str(value or "")
        attributes = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        options = _options(get_language())
        option = f'<option value="{chosen}"'
        # A name from outside can hold anything: only one that stands in our own text is looked for in it.
        if chosen in listed():
            options = mark_safe(options.replace(option, f"{option} selected"))  # noqa: S308  (ours)
        elif chosen:
            options = format_html('<option value="{0}" selected>{0}</option>{1}', chosen, options)
        return format_html("<select{}>{}</select>", flatatt(attributes), options)


@cache
def listed() -> frozenset[str]:
    """Return the names of the zones that countries have now, and UTC; without the old names that stand for others."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return frozenset({"UTC", *(row[2] for row in rows)})


@cache
def _options(language: str) -> SafeString:
    """Return all options in a language, which is active; it stands here for the cache."""
    groups = ((_(region), _of_region(region)) for region in REGIONS)
    return format_html(
        '<option value="">{}</option><option value="UTC">UTC</option>{}',
        _("As the browser says, else UTC"),
        format_html_join("", '<optgroup label="{}">{}</optgroup>', groups),
    )


def _of_region(region: str) -> SafeString:
    names = sorted(name for name in listed() if name.startswith(f"{region}/"))
    return format_html_join("", '<option value="{}">{}</option>', ((name, place_of(name)) for name in names))


def place_of(zone: str) -> str:
    """Return the place that a zone is named after: Buenos Aires, Argentina."""
    return ", ".join(reversed(zone.replace("_", " ").split("/")[1:]))
