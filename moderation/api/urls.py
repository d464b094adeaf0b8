"""Addresses of reports."""

from chatsystem.api.routes import routes
from moderation.api.reports import ReportViewSet

urlpatterns = routes("reports", ReportViewSet.as_view({"get": "list", "post": "create"}), name="reports")
