"""Where everything is."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from chatsystem import exposition
from chatsystem.api.documentation import DocumentationViewSet
from chatsystem.api.health import HealthViewSet
from chatsystem.api.routes import routes
from chatsystem.pages import errors, views
from chatsystem.security_text import security_text

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.unexpected

api: list[URLPattern | URLResolver] = [
    *routes("health", HealthViewSet.as_view({"get": "alive"}), name="health"),
    *routes("health/ready", HealthViewSet.as_view({"get": "ready"}), name="health-ready"),
    *routes("openapi.json", DocumentationViewSet.as_view({"get": "document"}), name="openapi"),
    *routes("docs", DocumentationViewSet.as_view({"get": "page"}), name="docs"),
    path("", include("accounts.api.urls")),
    path("", include("messaging.api.urls")),
    path("", include("moderation.api.urls")),
]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("api/v1/", include(api)),
    # Programs have no CSRF token: what they send to an unknown address must be a 404 too.
    re_path(r"^api/", csrf_exempt(errors.not_found)),
    path("", include("accounts.pages.urls")),
    path("", include("messaging.pages.urls")),
    path("", include("moderation.pages.urls")),
    path("keyboard", views.keyboard, name="keyboard"),
    path(settings.ADMIN_PATH.rstrip("/"), RedirectView.as_view(url=f"/{settings.ADMIN_PATH}"), name="admin-slash"),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("metrics", exposition.metrics, name="metrics"),
    path(".well-known/security.txt", security_text, name="security-text"),
]
