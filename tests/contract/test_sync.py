"""GET /sync: a client catches up, asks on, and is told when it comes too late."""

import base64
from hashlib import blake2b
from uuid import UUID

from tests.contract.talking import faults, refusal
from tests.messaging.making import DAY, id_at, now


def start(person):
    return person.get("sync").json()["next"]


def ask(person, since, *, etag=None, query=""):
    headers = {**person.headers, **({"If-None-Match": etag} if etag else {})}
    return person.api.get(f"sync?since={since}{query}", headers=headers)


def test_a_client_begins_without_a_token_and_goes_on_with_next(alice, bob):
    response = bob.get("sync")
    assert response.status_code == 200
    begun = response.json()
    assert begun == {"messages": [], "changes": [], "next": begun["next"], "has_more": False, "poll_after": 5}
    sent = alice.send(bob.username, "hello").json()
    answer = ask(bob, begun["next"]).json()
    assert answer == {
        "messages": [sent],
        "changes": [{"kind": "sent", "conversation": alice.username, "message_id": sent["id"]}],
        "next": answer["next"],
        "has_more": False,
        "poll_after": 5,
    }
    assert ask(bob, answer["next"]).json() == {**answer, "messages": [], "changes": []}


def test_nothing_new_is_a_304_for_whoever_has_the_answer(alice, bob):
    token = start(bob)
    alice.send(bob.username, "hello")
    news = ask(bob, token)
    token, etag = news.json()["next"], news.headers["ETag"]
    assert news.headers["Cache-Control"] == "private, no-cache"
    for named in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        nothing = ask(bob, token, etag=named)
        assert (nothing.status_code, nothing.content, nothing.headers["ETag"]) == (304, b"", etag)
    assert ask(bob, token, etag='"other"').status_code == 200
    assert ask(bob, token).headers["ETag"] == etag
    sent = alice.send(bob.username, "again").json()
    more = ask(bob, token, etag=etag)
    assert (more.status_code, more.json()["messages"]) == (200, [sent])
    assert more.headers["ETag"] != etag


def test_a_page_is_bounded_and_says_that_there_is_more(alice, bob):
    token = start(bob)
    sent = [alice.send(bob.username, str(number)).json() for number in range(5)]
    first = ask(bob, token, query="&limit=3").json()
    assert (first["messages"], first["has_more"], first["poll_after"]) == (sent[:3], True, 0)
    second = ask(bob, first["next"], query="&limit=3").json()
    assert (second["messages"], second["has_more"], second["poll_after"]) == (sent[3:], False, 5)
    for limit in ("0", "101", "x"):
        response = ask(bob, token, query=f"&limit={limit}")
        assert response.status_code == 400
        assert [field for field, _ in faults(response)] == ["limit"]


def test_a_bad_token_is_refused_and_somebody_elses_too(alice, bob):
    for token in ("x", start(alice), start(bob)[:-1], ""):
        response = ask(bob, token)
        assert refusal(response)[:2] == (400, "invalid_query")
        assert [field for field, _ in faults(response)] == ["since"]


def test_a_token_over_thirty_days_old_is_gone_and_the_answer_says_where_to_begin_again(bob):
    response = ask(bob, token_of(bob, now() - 31 * DAY))
    assert refusal(response)[:2] == (410, "sync_token_expired")
    assert faults(response) == [("since", "sync_token_expired")]
    assert response.headers["Link"] == '</api/v1/sync>; rel="start"'
    assert bob.api.get(response.url.join(response.links["start"]["url"]), headers=bob.headers).status_code == 200
    assert ask(bob, token_of(bob, now() - 29 * DAY)).status_code == 200


def token_of(person, ticks):
    """A token of another time, as the server would have made it then."""
    body = b"\x01" + id_at(ticks).bytes
    check = blake2b(body, digest_size=8, key=UUID(person.id).bytes).digest()
    return base64.urlsafe_b64encode(body + check).decode().rstrip("=")


def test_edits_and_deletions_reach_the_client_and_deleted_text_does_not(alice, bob):
    token = start(bob)
    one, two = (alice.send(bob.username, text).json() for text in ("first text", "second text"))
    bob_has = ask(bob, token).json()
    assert [message["content"] for message in bob_has["messages"]] == ["first text", "second text"]
    alice.api.patch(f"messages/{one['id']}", json={"content": "edited"}, headers=alice.headers)
    alice.api.delete(f"messages/{two['id']}?for=everyone", headers=alice.headers)
    response = ask(bob, bob_has["next"])
    answer = response.json()
    assert [(message["id"], message["content"]) for message in answer["messages"]] == [
        (one["id"], "edited"),
        (two["id"], ""),
    ]
    assert [change["kind"] for change in answer["changes"]] == ["edited", "redacted"]
    assert "second text" not in response.text
    assert "second text" not in ask(bob, token).text


def test_what_one_client_reads_and_mutes_reaches_the_others(alice, bob):
    sent = alice.send(bob.username, "hello").json()
    token = start(bob)
    assert bob.post(f"conversations/{alice.username}/read", {"up_to": sent["id"]}).status_code == 200
    bob.api.patch(f"conversations/{alice.username}", json={"muted": True}, headers=bob.headers)
    change = {"conversation": alice.username, "message_id": sent["id"]}
    assert ask(bob, token).json()["changes"][-2:] == [
        {"kind": "read", **change, "read_up_to": sent["id"], "unread_from": None},
        {"kind": "flags", **change, "muted": True, "archived": False, "hidden": False},
    ]


def test_strangers_are_refused(api, bob):
    assert refusal(api.get("sync"))[:2] == (401, "not_authenticated")
    assert api.post("sync", json={}, headers=bob.headers).status_code == 405


def test_both_addresses_answer(bob):
    assert bob.get("sync/").status_code == 200
