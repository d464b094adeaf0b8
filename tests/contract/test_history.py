"""GET /messages/ by numbered pages."""

import pytest

from tests.contract.talking import faults, refusal


@pytest.fixture
def twelve(alice, bob):
    """Twelve messages from both sides, newest first, as `alice` and `bob` got them answered."""
    sent = []
    for number in range(12):
        sender, recipient = (alice, bob) if number % 3 else (bob, alice)
        sent.append(sender.send(recipient.username, str(number)).json())
    return sent[::-1]


def test_sent_and_received_stand_together_newest_first(alice, bob, twelve):
    answer = {
        "messages": twelve[:10],
        "pagination": {"currentPage": 1, "pageSize": 10, "totalMessages": 12, "totalPages": 2},
    }
    assert alice.history() == bob.history() == answer
    assert list(alice.history()["messages"][0])[:5] == ["id", "sender", "recipient", "timestamp", "content"]


def test_timestamps_fall_from_message_to_message_and_are_the_same_for_both(alice, bob, twelve):
    stamps = [message["timestamp"] for message in alice.history("?pageSize=100")["messages"]]
    assert stamps == sorted(set(stamps), reverse=True)
    assert stamps == [message["timestamp"] for message in bob.history("?pageSize=100")["messages"]]
    assert stamps == [message["timestamp"] for message in twelve]


def test_pages_are_counted_from_one(alice, twelve):
    answer = {
        "messages": twelve[5:10],
        "pagination": {"currentPage": 2, "pageSize": 5, "totalMessages": 12, "totalPages": 3},
    }
    assert alice.history("?page=2&pageSize=5") == answer
    assert alice.history("?page=3&pageSize=5")["messages"] == twelve[10:]


@pytest.mark.ring
def test_the_first_page_is_the_same_when_it_is_read_again_and_knows_what_came_since(alice, bob, twelve):
    assert alice.history() == alice.history()
    sent = bob.send(alice.username, "and one more").json()
    assert alice.history()["messages"] == [sent, *twelve[:9]]
    assert alice.history()["pagination"]["totalMessages"] == 13


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?page=&pageSize=",
        "?page=0&pageSize=0",
        "?page=-1&pageSize=-10",
        "?page=1.5&pageSize=1.5",
        "?page=abc&pageSize=abc",
        "?page=1e3&pageSize=1e1",
        "?page=0x1&pageSize=0x1",
        "?page=%D9%A3&pageSize=%D9%A3",
        "?page=+2&pageSize=+2",  # a plus in a query is a blank
        "?page=2%20&pageSize=2%20",
        "?page=2,3&pageSize=2,3",
        "?page=%00&pageSize=%00",
        "?page=-99999999999999999999&pageSize=-99999999999999999999",
        "?PAGE=2&pagesize=2",
        "?unknown=1",
    ],
)
def test_what_is_no_number_of_a_page_falls_back(alice, query):
    sent = alice.send(alice.username, "hello").json()
    assert alice.history(query) == {
        "messages": [sent],
        "pagination": {"currentPage": 1, "pageSize": 10, "totalMessages": 1, "totalPages": 1},
    }


@pytest.mark.parametrize(("query", "number"), [("?page=%2B2", 2), ("?page=02", 2), ("?page=7&page=2", 2)])
def test_whole_numbers_may_be_written_in_other_ways(anybody, query, number):
    assert anybody.history(query)["pagination"]["currentPage"] == number


@pytest.mark.ring
def test_past_the_last_page_is_nothing_with_the_asked_number_and_the_true_totals(alice, twelve):
    for page in (3, 4, 1_000_000, 999_999_999_999_999_999):
        assert alice.history(f"?page={page}&pageSize=6") == {
            "messages": [],
            "pagination": {"currentPage": page, "pageSize": 6, "totalMessages": 12, "totalPages": 2},
        }


@pytest.mark.parametrize("page", ["9" * 19, "1" + "0" * 30, "9" * 3_000])
def test_a_number_that_no_page_can_have_is_past_the_last_page(alice, page):
    alice.send(alice.username, "hello")
    answer = alice.history(f"?page={page}")
    assert answer["messages"] == []
    assert answer["pagination"]["totalMessages"] == 1


def test_a_page_of_100_is_taken(anybody):
    assert anybody.history("?pageSize=100")["pagination"]["pageSize"] == 100


@pytest.mark.parametrize("size", ["101", "1000000", "999999999999999999", "9" * 19, "1" + "0" * 30])
def test_a_page_of_more_than_100_is_refused_with_the_limit(anybody, size):
    response = anybody.get(f"messages/?pageSize={size}")
    assert refusal(response) == (400, "invalid_query", "A page has 1 to 100 messages.")
    assert faults(response) == [("pageSize", "out_of_range")]
    assert response.json()["errors"][0]["limit"] == 100


def test_nobody_sees_what_others_write_to_each_other(enter, alice, bob):
    carol = enter()
    alice.send(bob.username, "between us")
    assert carol.history()["messages"] == []
    assert carol.history()["pagination"]["totalMessages"] == 0
