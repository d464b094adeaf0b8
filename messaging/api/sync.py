"""Catching up."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.api.problems import problem
from chatsystem.errors import SyncTokenExpired
from chatsystem.limits import MAX_PAGE_SIZE
from messaging.api.conversations import show_id
from messaging.api.queries import read_limit
from messaging.api.serializers import show_message
from messaging.services import sync
from messaging.services.sync import Happening, News
from messaging.services.sync_token import SyncToken, etag_of


class SyncViewSet(PersonalViewSet):
    """What happened to one's messages, for clients that ask again and again."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> HttpResponse:
        """Return what happened `since` a token and the token to ask with next; without one, a token that begins now.

        304 where nothing happened and the client has the answer (`If-None-Match`); 410 for a token over 30 days old.
        """
        owner, asked = request.user, request.query_params
        if "since" not in asked:
            begun = sync.begin()
            return _answer(begun, begun.next.encode(owner.pk))
        since = SyncToken.decode(asked["since"], owner.pk)
        try:
            news = sync.catch_up(owner=owner, since=since, limit=read_limit(asked, default=MAX_PAGE_SIZE))
        except SyncTokenExpired as error:
            return _expired(request, error)
        if news.next != since:
            return _answer(news, news.next.encode(owner.pk))
        if _has(request, _etag(asked["since"])):
            return _with_etag(Response(status=status.HTTP_304_NOT_MODIFIED), asked["since"])
        return _answer(news, asked["since"])


def _answer(news: News, following: str) -> HttpResponse:
    return _with_etag(Response(show_news(news, following)), following)


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
        "message_id": show_id(happening.message_id),
    }
    conversation = happening.conversation
    if conversation and happening.kind == "read":
        shown |= {"read_up_to": show_id(conversation.read_up_to), "unread_from": show_id(conversation.marked_from)}
    if conversation and happening.kind == "flags":
        shown |= {
            "muted": conversation.muted,
            "archived": conversation.archived,
            "hidden": conversation.is_hidden,
        }
    return shown


def _etag(text: str) -> str:
    """Return the entity tag of having caught up to a token: it stays while nothing happens."""
    return f'"{etag_of(text)}"'


def _has(request: HttpRequest, etag: str) -> bool:
    """Return whether `If-None-Match` names the tag (RFC 9110, 13.1.2)."""
    named = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    return etag in named or named == ["*"]


def _with_etag(response: HttpResponse, text: str) -> HttpResponse:
    response["ETag"] = _etag(text)
    response["Cache-Control"] = "private, no-cache"  # ask again each time, by the tag
    return response
