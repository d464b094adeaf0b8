"""Addresses of accounts, with the old service's short names beside the long ones."""

from accounts.api.auth import AuthViewSet, LogoutViewSet
from accounts.api.blocks import BlockViewSet
from accounts.api.emails import EmailViewSet
from accounts.api.limits import LimitViewSet
from accounts.api.me import MeViewSet
from accounts.api.passwords import ForgottenPasswordViewSet, PasswordRulesViewSet, PasswordViewSet
from accounts.api.sessions import SessionViewSet
from chatsystem.api.routes import routes

sessions = SessionViewSet.as_view({"get": "list", "delete": "destroy_others"})
session = SessionViewSet.as_view({"delete": "destroy"})

forgot = ForgottenPasswordViewSet.as_view({"post": "request_link"})
reset = ForgottenPasswordViewSet.as_view({"post": "reset"})

me = MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
# A path, since names may have slashes in them; one that ends in a slash is asked for with another behind it.
block = BlockViewSet.as_view({"put": "update", "delete": "destroy"})

urlpatterns = [
    *routes("auth/register", AuthViewSet.as_view({"post": "register"}), name="register", also="register"),
    *routes("auth/login", AuthViewSet.as_view({"post": "login"}), name="login", also="login"),
    *routes("auth/refresh", AuthViewSet.as_view({"post": "refresh"}), name="refresh"),
    *routes("auth/logout", LogoutViewSet.as_view({"post": "create"}), name="logout"),
    *routes("auth/sessions", sessions, name="sessions"),
    *routes("auth/sessions/<uuid:session_id>", session, name="session"),
    *routes("users/me", me, name="me"),
    *routes("users/me/blocks", BlockViewSet.as_view({"get": "list"}), name="blocks"),
    *routes("users/me/blocks/<path:username>", block, name="block"),
    *routes("users/me/limits", LimitViewSet.as_view({"get": "list"}), name="limits"),
    *routes("auth/password", PasswordViewSet.as_view({"post": "create"}), name="password"),
    *routes("auth/password/rules", PasswordRulesViewSet.as_view({"get": "list"}), name="password-rules"),
    *routes("auth/password/forgot", forgot, name="password-forgot"),
    *routes("auth/password/reset", reset, name="password-reset"),
    *routes("auth/email/confirm", EmailViewSet.as_view({"post": "confirm"}), name="email-confirm"),
]
