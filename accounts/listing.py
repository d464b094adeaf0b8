"""Pages of the admin that list something: a form of filters, a table, and a way on to what is older.

Nothing is counted and no rows are skipped, so a page of a million rows costs what one of a hundred does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from chatsystem.errors import InvalidQuery

PAGE = 50  # rows
BEFORE = "before"  # the parameter that says where a page begins


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a table, the first of which leads to `url`, where there is one."""

    cells: Sequence[object]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their columns' names; `empty` is said where there are none, `more` leads to all of them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    empty: str = "There are none."
    more: str = ""

    @property
    def lines(self) -> Sequence[tuple[Row, Sequence[tuple[str, object]]]]:
        """Return each row with its cells, each under its column's name: narrow windows show them one below another."""
        return [(row, list(zip(self.columns, row.cells, strict=True))) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page; a quiet one stands back behind the others."""

    url: str
    text: str
    is_quiet: bool = False


class FilterForm(forms.Form):
    """What a list is narrowed down to, by the address's parameters."""

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the fields' values. Raises `InvalidQuery`: what can't be must not stand for everything."""
        if not self.is_valid():
            field, faults = next(iter(self.errors.items()))
            raise InvalidQuery.of(field, "invalid", f"{field}: {' '.join(map(str, faults))}")
        return dict(self.cleaned_data)


def listing_page(
    request: HttpRequest,
    site: AdminSite,
    *,
    title: str,
    table: Table,
    form: forms.Form | None = None,
    older: object = None,
    links: Sequence[Link] = (),
) -> TemplateResponse:
    """Return the page; `older` is where the next one begins, None at the end."""
    others = request.GET.copy()
    others.pop(BEFORE, None)
    newest = others.urlencode()
    if older is not None:
        others[BEFORE] = str(older)
    context = {
        **site.each_context(request),
        "title": title,
        "table": table,
        "form": form,
        "links": links,
        "older": others.urlencode() if older is not None else "",
        "newest": newest,
        "is_first": BEFORE not in request.GET,
    }
    request.current_app = site.name
    return TemplateResponse(request, "admin/listing.html", context)


def when(moment: datetime | None, *, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a moment by the clock of whoever reads the page, for programs too; nothing for none."""
    if moment is None:
        return ""
    shown = timezone.localtime(moment)
    exact = moment.isoformat(timespec="milliseconds")  # HTML knows no more digits
    return format_html('<time datetime="{}">{}</time>', exact, f"{shown:{form}}")
