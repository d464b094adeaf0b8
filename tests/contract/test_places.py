"""GET /messages/ and /conversations/{username}/messages by places."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.talking import faults, refusal

LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


@pytest.fixture
def seven(alice, bob):
    """Seven messages between Alice and Bob, newest first."""
    sent = []
    for number in range(7):
        sender, recipient = (alice, bob) if number % 2 else (bob, alice)
        sent.append(sender.send(recipient.username, str(number)).json())
    return sent[::-1]


@pytest.fixture(params=["messages/", "conversations/{}/messages"])
def path(request, bob):
    """Where Alice reads."""
    return request.param.format(bob.username)


def links(response):
    """The addresses that an answer links to, by their relation, from the API's base on."""
    return {
        relation: address.removeprefix("/api/v1/")
        for address, relation in LINK.findall(response.headers.get("Link", ""))
    }


def test_a_page_says_what_it_has_and_what_is_beside_it(alice, path, seven):
    page = alice.get(f"{path}?limit=3").json()
    assert list(page) == ["messages", "found_oldest", "found_newest", "older", "newer"]
    assert page["messages"] == seven[:3]
    assert (page["found_oldest"], page["found_newest"]) == (False, True)
    whole = alice.get(f"{path}?limit=50").json()
    assert whole == alice.get(f"{path}?limit=50").json()  # the second time from the cache
    assert (whole["messages"], whole["older"], whole["found_oldest"]) == (seven, None, True)


def test_links_lead_through_all_of_a_history_and_back(alice, path, seven):
    response = alice.get(f"{path}?limit=3")
    found = response.json()["messages"]
    assert set(links(response)) == {"older", "newer"}
    while "older" in links(response):
        response = alice.get(links(response)["older"])
        found += response.json()["messages"]
    assert found == seven
    found = response.json()["messages"]
    while not response.json()["found_newest"]:
        response = alice.get(links(response)["newer"])
        found = response.json()["messages"] + found
    assert found == seven


def test_links_are_absolute_references_with_the_same_limit_also_from_the_cache(alice, path, seven):
    for _ in range(2):
        response = alice.get(f"{path}?limit=50")
        newer = response.json()["newer"]
        assert response.headers["Link"] == f'</api/v1/{path}?after={newer}&limit=50>; rel="newer"'
    new = alice.send(alice.username, "to oneself").json()
    expected = [] if path.startswith("conversations") else [new]
    assert alice.get(links(response)["newer"]).json()["messages"] == expected


def test_a_page_around_a_message_is_asked_for_by_its_id_or_by_a_place(alice, path, seven):
    page = alice.get(f"{path}?around={seven[3]['id']}&limit=3").json()
    assert page["messages"] == seven[2:5]
    place = alice.get(f"{path}?limit=4").json()["older"]  # just at the fourth message
    assert alice.get(f"{path}?around={place}&limit=3").json() == page


def test_a_date_lands_where_one_lives(alice, path, seven):
    today, yesterday = (datetime.now(UTC) - timedelta(days=days) for days in (0, 1))
    page = alice.get(f"{path}?date={yesterday:%Y-%m-%d}&tz=America/New_York&limit=3").json()
    assert (page["messages"], page["found_newest"]) == (seven[4:], False)
    page = alice.get(f"{path}?date={today + timedelta(days=2):%Y-%m-%d}").json()
    assert (page["messages"], page["found_newest"]) == ([], True)
    assert alice.get(f"{path}?before={page['older']}").json()["messages"] == seven


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=0", ("limit", "out_of_range")),
        ("limit=101", ("limit", "out_of_range")),
        ("limit=" + "9" * 3_000, ("limit", "out_of_range")),
        ("limit=", ("limit", "invalid")),
        ("limit=-1", ("limit", "invalid")),
        ("limit=ten", ("limit", "invalid")),
        ("before=", ("before", "invalid_cursor")),
        ("before=x", ("before", "invalid_cursor")),
        ("after=%00", ("after", "invalid_cursor")),
        ("around=x", ("around", "invalid_cursor")),
        ("around=00000000-0000-0000-0000-000000000000", ("around", "invalid_cursor")),
        ("around=9b2d6f1e-6f7b-4d3c-8a53-1f1f6f3f2a11", ("around", "invalid_cursor")),
        ("date=", ("date", "invalid_date")),
        ("date=yesterday", ("date", "invalid_date")),
        ("date=2026-02-29", ("date", "invalid_date")),
        ("date=20260228", ("date", "invalid_date")),
        ("date=2026-W09-6", ("date", "invalid_date")),
        ("date=2026-02-28T00:00", ("date", "invalid_date")),
        ("date=2026-02-28&tz=", ("tz", "invalid_time_zone")),
        ("date=2026-02-28&tz=Mars/Olympus", ("tz", "invalid_time_zone")),
        ("date=2026-02-28&tz=../../etc/passwd", ("tz", "invalid_time_zone")),
        ("date=2026-02-28&tz=America", ("tz", "invalid_time_zone")),
        ("date=2026-02-28&around=9b2d6f1e-6f7b-11f0-8a53-1f1f6f3f2a11", ("date", "exclusive")),
    ],
)
def test_a_place_that_can_not_be_is_refused_by_the_name_of_its_parameter(anybody, query, fault):
    anybody.send(anybody.username, "hello")
    for path in ("messages/", f"conversations/{anybody.username}/messages"):
        response = anybody.get(f"{path}?{query}")
        assert refusal(response)[:2] == (400, "invalid_query")
        assert faults(response) == [fault]


@pytest.mark.parametrize("place", ["limit=5", "around=x", "date=2026-02-28", "before=x"])
def test_numbered_pages_and_places_are_not_mixed(anybody, place):
    response = anybody.get(f"messages/?page=1&{place}")
    assert refusal(response)[:2] == (400, "invalid_query")
    assert faults(response) == [(place.partition("=")[0], "exclusive")]


def test_a_strangers_message_is_a_place_like_any_other(enter, alice, seven):
    stranger = enter()
    mine = stranger.send(stranger.username, "mine").json()
    for query in (f"around={seven[3]['id']}", f"after={alice.get('messages/?limit=1').json()['newer']}"):
        found = stranger.get(f"messages/?{query}").json()["messages"]
        assert found == [mine]
