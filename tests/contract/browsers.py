"""People who have logged in by a page, and ask the API by their cookie."""

import re
from dataclasses import dataclass

import httpx

from tests.chatsystem.api.reference import check_answer
from tests.factories import PASSWORD


@dataclass(frozen=True)
class Browser:
    """A browser in which somebody has logged in by a page, and the token that its pages' forms have."""

    username: str
    api: httpx.Client
    token: str

    @property
    def headers(self):
        return {"X-CSRFToken": self.token}


def token_of(client, path):
    page = client.get(str(client.base_url.join(path)), follow_redirects=True)
    assert page.status_code == 200
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]


def open_browser(server, username):
    """Log in by the page as a browser does."""
    client = server.client()
    form = {"csrfmiddlewaretoken": token_of(client, "/login"), "username": username, "password": PASSWORD}
    answered = client.post(f"{server.url}/login", data=form)
    assert (answered.status_code, answered.headers["Location"]) == (303, "/inbox"), answered.text
    token = token_of(client, "/settings")
    client.event_hooks["response"].append(check_answer)  # from here on it's the API
    return Browser(username, client, token)
