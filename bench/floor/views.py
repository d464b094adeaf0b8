"""Bare views: the bytes alone; with DRF, a token and a request to Redis; with the same read; with the same batch."""

import os
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django_redis import get_redis_connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.tokens import read_access_token
from messaging import ids
from messaging.api.serializers import show_message, show_page
from messaging.store import timeline, writing
from messaging.store.rows import as_message
from messaging.types import INBOX, Cursor, Message, Page, bucket_of

BYTES = Path(os.environ["BENCH_BYTES"])  # the answer of the service's own first page


@cache
def page() -> bytes:
    """Return the bytes that the service itself answers with."""
    return BYTES.read_bytes()


def bare(request: HttpRequest) -> HttpResponse:
    """Answer with the bytes."""
    return HttpResponse(page(), content_type="application/json")


class Token(BaseAuthentication):
    """A token's signature and times; nobody asks whether its person is still there."""

    def authenticate(self, request: Request) -> tuple[UUID, None]:
        """Return the id in the token."""
        token = read_access_token(request.headers["Authorization"].removeprefix("Bearer "))
        return token.person_id, None


class Bare(APIView):
    """A DRF view with a token, whose `user` is the id in it."""

    authentication_classes = (Token,)
    permission_classes = ()


class Cached(Bare):
    """The token, one request to Redis, the bytes."""

    def get(self, request: Request) -> Response:
        """Answer."""
        found = get_redis_connection("default").get("bench:page")
        return Response(found)


class Read(Bare):
    """The token, the same prepared read, the same JSON."""

    def get(self, request: Request) -> Response:
        """Answer."""
        rows = timeline.NEWEST.run(request.user, INBOX, bucket_of(ids.new_id()), 51)
        messages = [as_message(row) for row in rows[:50]]
        return Response(show_page(Page(messages, Cursor(messages[-1].id), Cursor(messages[0].id), found_newest=True)))


class Send(Bare):
    """The token, the same logged batch, the same JSON."""

    def post(self, request: Request) -> Response:
        """Answer."""
        body = orjson.loads(request.body)
        recipient = UUID(os.environ["BENCH_RECIPIENT"])
        sender: Any = request.user
        message = Message(ids.new_id(), sender, "sender", recipient, "recipient", body["content"])
        writing.append(message)
        return Response(show_message(message), status=201)


urlpatterns = [
    path("bare", bare),
    path("cached", Cached.as_view()),
    path("read", Read.as_view()),
    path("send", Send.as_view()),
    path(settings.ADMIN_PATH, admin.site.urls),  # never asked; without it no server starts
]
