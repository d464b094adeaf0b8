"""Many at once, against the real server with its two workers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import PASSWORD, new_name

SENDERS, EACH = 8, 20


@pytest.fixture
def log_in(server):
    """A maker of people with a token: `name, client = log_in()`."""

    def make():
        name = new_name()
        with server.client() as anonymous:
            anonymous.post("/auth/register", json={"username": name, "password": PASSWORD}).raise_for_status()
            token = anonymous.post("/auth/login", json={"username": name, "password": PASSWORD}).json()["token"]
        return name, server.client(token)

    return make


def everything(client):
    """All of an inbox, by cursors."""
    page = client.get("/messages/", params={"limit": 100}).json()
    found = page["messages"]
    while page["older"]:
        page = client.get("/messages/", params={"limit": 100, "before": page["older"]}).json()
        found += page["messages"]
    return found


@pytest.mark.ring
def test_messages_sent_at_once_to_an_inbox_that_is_being_read_all_stand_in_it_once(log_in):
    name, reader = log_in()
    senders = [log_in() for _ in range(SENDERS)]
    hidden = []

    def send(sender):
        """Send, and read the other's first page after each send: it must be there."""
        _, client = sender
        sent = []
        for number in range(EACH):
            answer = client.post("/messages/send", json={"recipient": name, "content": f"message {number}"})
            assert answer.status_code == 201
            sent.append(answer.json())
            page = reader.get("/messages/", params={"pageSize": 100}).json()["messages"]
            oldest = page[-1]["timestamp"]
            if sent[-1] not in page and sent[-1]["timestamp"] > oldest:
                hidden.append(sent[-1])
        return sent

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [message for group in pool.map(send, senders) for message in group]
    assert hidden == []
    received = everything(reader)
    assert Counter(message["id"] for message in received) == {message["id"]: 1 for message in sent}
    assert reader.get("/messages/").json()["pagination"]["totalMessages"] == SENDERS * EACH
    for sender, client in senders:
        assert [message["id"] for message in everything(client)] == [
            message["id"] for message in received if message["sender"] == sender
        ]


@pytest.mark.ring
def test_a_conversation_with_both_sides_sending_at_once_is_the_same_from_both(log_in):
    (one, ones), (other, others) = log_in(), log_in()
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda side: [side[0].post("/send", json={"recipient": side[1], "content": "x"}) for _ in range(30)],
                [(ones, other), (others, one)],
            )
        )
    assert len(everything(ones)) == 60
    assert everything(ones) == everything(others)
