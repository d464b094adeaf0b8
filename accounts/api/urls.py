"""Addresses of accounts, with the old service's short names beside the long ones."""

from django.urls import re_path

from accounts.api.views import AuthViewSet

register = AuthViewSet.as_view({"post": "register"})
login = AuthViewSet.as_view({"post": "login"})

urlpatterns = [
    re_path(r"^(?:auth/)?register/?$", register, name="register"),
    re_path(r"^(?:auth/)?login/?$", login, name="login"),
]
