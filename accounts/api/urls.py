"""Addresses of accounts, with the old service's short names beside the long ones."""

from accounts.api.auth import AuthViewSet, LogoutViewSet
from accounts.api.sessions import SessionViewSet
from chatsystem.api.routes import routes

sessions = SessionViewSet.as_view({"get": "list", "delete": "destroy_others"})
session = SessionViewSet.as_view({"delete": "destroy"})

urlpatterns = [
    *routes("auth/register", AuthViewSet.as_view({"post": "register"}), name="register", also="register"),
    *routes("auth/login", AuthViewSet.as_view({"post": "login"}), name="login", also="login"),
    *routes("auth/refresh", AuthViewSet.as_view({"post": "refresh"}), name="refresh"),
    *routes("auth/logout", LogoutViewSet.as_view({"post": "create"}), name="logout"),
    *routes("auth/sessions", sessions, name="sessions"),
    *routes("auth/sessions/<uuid:session_id>", session, name="session"),
]
