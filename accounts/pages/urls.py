"""Addresses of the pages of accounts."""

from django.urls import path
from django.views.generic import TemplateView

from accounts.pages.emails import ConfirmEmailPage
from accounts.pages.passwords import ForgottenPasswordPage, ResetPasswordPage

app_name = "accounts"

sent = TemplateView.as_view(template_name="accounts/forgot_password_sent.html")
reset = TemplateView.as_view(template_name="accounts/reset_password_done.html")
confirmed = TemplateView.as_view(template_name="accounts/confirm_email_done.html")

urlpatterns = [
    path("password/forgot", ForgottenPasswordPage.as_view(), name="forgot-password"),
    path("password/forgot/sent", sent, name="forgot-password-sent"),
    path("password/reset/done", reset, name="reset-password-done"),
    path("password/reset/<str:token>", ResetPasswordPage.as_view(), name="reset-password"),
    path("email/confirm/done", confirmed, name="confirm-email-done"),
    path("email/confirm/<str:token>", ConfirmEmailPage.as_view(), name="confirm-email"),
]
