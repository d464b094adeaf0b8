"""What the API's hot paths cost, counted from the request to the answer: SQL, Redis and Cassandra."""

import pytest
from django.test import Client

from tests.chatsystem.rate_limits.making import ALL
from tests.factories import access_token


@pytest.fixture
def client(alice, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = ALL
    return Client(headers={"Authorization": f"Bearer {access_token(alice)}"})


def read(client):
    response = client.get("/api/v1/messages/?pageSize=50")
    assert response.status_code == 200
    assert response["RateLimit-Policy"] == '"read";q=600;w=60'


def send(client, recipient):
    body = {"recipient": recipient, "content": "hello"}
    response = client.post("/api/v1/messages/send", body, content_type="application/json")
    assert response.status_code == 201
    assert response["RateLimit-Policy"] == '"send";q=120;w=60'


def test_a_cached_page_costs_no_sql_one_request_for_session_and_limit_and_one_for_the_page(
    client, bob, redis_requests, cql_requests, django_assert_num_queries
):
    send(client, bob.username)
    read(client)
    redis_requests.clear()
    cql_requests.clear()
    with django_assert_num_queries(0):
        read(client)
    assert redis_requests == ["EVALSHA", "HMGET"]
    assert cql_requests == []


def test_a_send_costs_no_sql_one_request_for_session_and_limit_one_for_the_recipient_and_one_to_forget_and_count(
    client, bob, redis_requests, cql_requests, django_assert_num_queries
):
    send(client, bob.username)
    redis_requests.clear()
    cql_requests.clear()
    with django_assert_num_queries(0):
        send(client, bob.username)
    assert redis_requests == ["EVALSHA", "HMGET", "EVALSHA"]
    assert cql_requests == ["send"]


def test_where_limits_are_off_it_costs_the_same(client, settings, redis_requests, django_assert_num_queries):
    settings.RATE_LIMITS_ENABLED = False
    client.get("/api/v1/messages/")
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert "RateLimit" not in client.get("/api/v1/messages/")
    assert redis_requests == ["EVALSHA", "HMGET"]


def test_a_forged_token_costs_neither(redis_requests, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = Client(headers={"Authorization": "Bearer a.b.c"}).get("/api/v1/messages/")
    assert response.status_code == 401
    assert redis_requests == []
