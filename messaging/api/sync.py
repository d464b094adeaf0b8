"""Catching up."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.http import UserRequest
from chatsystem.api.problems import problem
from chatsystem.errors import SyncTokenExpired
from chatsystem.limits import MAX_PAGE_SIZE
from messaging.api.serializers import show_message
from messaging.services import sync
from messaging.services.sync import Happening, News
from messaging.services.sync_token import SyncToken


class SyncQuery(serializers.Serializer[Any]):
    """How many changes; `since` is read as it is, so that an empty one isn't taken for none."""

    limit = serializers.IntegerField(default=MAX_PAGE_SIZE)


class SyncViewSet(ViewSet):
    """What happened to one's messages, for clients that ask again and again."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> HttpResponse:
        """Return what happened `since` a token and the token to ask with next; without one, a token that begins now.

        304 where nothing happened and the client has the answer (`If-None-Match`); 410 for a token over 30 days old.
        """
        query = SyncQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if "since" not in request.query_params:
            return _answer(request, sync.begin())
        since = SyncToken.decode(request.query_params["since"], request.user.pk)
        try:
            news = sync.catch_up(owner=request.user, since=since, **query.validated_data)
        except SyncTokenExpired as error:
            return _expired(request, error)
        if news.next == since and _has(request, _etag(request, since)):
            return _with_etag(Response(status=status.HTTP_304_NOT_MODIFIED), _etag(request, since))
        return _answer(request, news)


def _answer(request: UserRequest, news: News) -> HttpResponse:
    return _with_etag(Response(show_news(news, news.next.encode(request.user.pk))), _etag(request, news.next))


def _expired(request: HttpRequest, error: SyncTokenExpired) -> HttpResponse:
    """Say where to begin again: this address without a token (RFC 8288)."""
    response = problem(request, error)
    response["Link"] = f'<{request.path}>; rel="start"'
    return response


def show_news(news: News, following: str) -> dict[str, Any]:
    """Return what happened as the API shows it."""
    return {
        "messages": [show_message(message) for message in news.messages],
        "changes": [show_happening(happening) for happening in news.changes],
        "next": following,
        "has_more": news.has_more,
        "poll_after": news.poll_after,
    }


def show_happening(happening: Happening) -> dict[str, Any]:
    """Return a change as the API shows it; of reads and flags with what holds now."""
    shown: dict[str, Any] = {
        "kind": happening.kind,
        "conversation": happening.peer,
        "message_id": happening.message_id and str(happening.message_id),
    }
    state = happening.state
    if state and happening.kind == "read":
        shown["read_up_to"] = state.read_up_to and str(state.read_up_to)
    if state and happening.kind == "flags":
        shown |= {"muted": state.muted, "archived": state.archived}
    return shown


def _etag(request: UserRequest, token: SyncToken) -> str:
    """Return the entity tag of having caught up to `token`: it stays while nothing happens."""
    return f'"{token.etag(request.user.pk)}"'


def _has(request: HttpRequest, etag: str) -> bool:
    """Return whether `If-None-Match` names the tag (RFC 9110, 13.1.2)."""
    named = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    return etag in named or named == ["*"]


def _with_etag(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"  # ask again each time, by the tag
    return response
