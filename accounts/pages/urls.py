"""Addresses of the pages of accounts."""

from django.urls import path
from django.views.generic import TemplateView

from accounts.pages.emails import ConfirmEmailPage
from accounts.pages.passwords import ForgottenPasswordPage, ResetPasswordPage
from accounts.pages.settings.appearance import AppearancePage
from accounts.pages.settings.blocks import BlocksPage, UnblockPage
from accounts.pages.settings.emails import EmailPage, RemoveEmailPage
from accounts.pages.settings.passwords import PasswordPage
from accounts.pages.settings.profile import ProfilePage
from accounts.pages.settings.sessions import SessionsPage
from accounts.pages.signing_in import LogInPage, RegisterPage, log_out

app_name = "accounts"

sent = TemplateView.as_view(template_name="accounts/forgot_password_sent.html")
reset = TemplateView.as_view(template_name="accounts/reset_password_done.html")
confirmed = TemplateView.as_view(template_name="accounts/confirm_email_done.html")

urlpatterns = [
    path("register", RegisterPage.as_view(), name="register"),
    path("login", LogInPage.as_view(), name="log-in"),
    path("logout", log_out, name="log-out"),
    path("password/forgot", ForgottenPasswordPage.as_view(), name="forgot-password"),
    path("password/forgot/sent", sent, name="forgot-password-sent"),
    path("password/reset/done", reset, name="reset-password-done"),
    path("password/reset/<str:token>", ResetPasswordPage.as_view(), name="reset-password"),
    path("email/confirm/done", confirmed, name="confirm-email-done"),
    path("email/confirm/<str:token>", ConfirmEmailPage.as_view(), name="confirm-email"),
    path("settings", ProfilePage.as_view(), name="settings"),
    path("settings/email", EmailPage.as_view(), name="settings-email"),
    path("settings/email/remove", RemoveEmailPage.as_view(), name="settings-email-remove"),
    path("settings/password", PasswordPage.as_view(), name="settings-password"),
    path("settings/sessions", SessionsPage.as_view(), name="settings-sessions"),
    path("settings/blocked", BlocksPage.as_view(), name="settings-blocked"),
    path("settings/blocked/unblock", UnblockPage.as_view(), name="settings-unblock"),
    path("settings/appearance", AppearancePage.as_view(), name="settings-appearance"),
]
