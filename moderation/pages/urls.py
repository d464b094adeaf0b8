"""Addresses of the pages of reports."""

from django.urls import path

from moderation.pages.reporting import ReportMessagePage, ReportPersonPage
from moderation.pages.reports import ReportPage, ReportsPage

app_name = "moderation"

urlpatterns = [
    path("message/<uuid:message_id>/report", ReportMessagePage.as_view(), name="report-message"),
    path("report/<path:username>", ReportPersonPage.as_view(), name="report-person"),
    path("settings/reports", ReportsPage.as_view(), name="reports"),
    path("settings/reports/<uuid:report_id>", ReportPage.as_view(), name="report"),
]
