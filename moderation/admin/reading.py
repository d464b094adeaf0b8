"""What nobody changes by hand: tables of the admin that can only be read."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from accounts.listing import Link, Table


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows rows by pages of ours, for whoever has the permission to view them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Add nothing."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change nothing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Delete nothing."""
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Say that there is no such page: nothing of it is changed here."""
        raise Http404

    def show(
        self,
        request: HttpRequest,
        *,
        title: str,
        facts: list[tuple[str, object]],
        tables: list[Table],
        actions: list[Link],
    ) -> TemplateResponse:
        """Return the page of one row."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "facts": facts,
            "tables": tables,
            "actions": actions,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/one.html", context)
