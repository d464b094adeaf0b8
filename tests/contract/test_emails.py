"""E-mail addresses: given at registration, and confirmed by POST /auth/email/confirm."""

import pytest

from tests.contract.talking import INVALID_PAYLOAD, ask_sql, at_once, faults, refusal
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.mails import delivered, new_address, token_in

LINK_INVALID = (400, "link_invalid", "This link is not valid, or not any more. Ask for a new one.")


@pytest.fixture
def api(over):
    with over.client() as client:
        yield client


@pytest.fixture
def address():
    return new_address(new_name())


def register(api, **body):
    return api.post("auth/register", json={"username": new_name(), "password": PASSWORD, **body})


def confirm(api, token):
    return api.post("auth/email/confirm", json={"token": token})


def tokens_to(address, number):
    """Return the secrets of so many messages to an address, when they are there."""
    wait_until(lambda: len(delivered(address)) >= number)
    return [token_in(message.get_content()) for message in delivered(address)]


def owners(server, address):
    """Return the names of those who have an address."""
    found = ask_sql(server, f"SELECT username FROM accounts_user WHERE email_key = '{address.lower()}'")
    return [name for (name,) in found]


def test_an_address_given_at_registration_counts_once_it_is_confirmed(over, api, address):
    name = new_name()
    response = register(api, username=name, email=address)
    assert response.status_code == 201
    assert response.json() == {"id": response.json()["id"], "username": name}
    (token,) = tokens_to(address, 1)
    assert owners(over, address) == []
    response = confirm(api, token)
    assert (response.status_code, response.content) == (204, b"")
    assert owners(over, address) == [name]
    assert refusal(confirm(api, token)) == LINK_INVALID


@pytest.mark.parametrize("email", [None, ""])
def test_no_address_is_none(api, email):
    assert register(api, email=email).status_code == 201


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("amy", "invalid_email"),
        ("a@b\nBcc: c@example.org", "invalid_email"),
        ("a" * 250 + "@b.org", "too_long"),
        (7, "invalid"),
    ],
)
def test_what_is_no_address_is_a_400_and_the_name_stays_free(api, email, code):
    name = new_name()
    response = register(api, username=name, email=email)
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [("email", code)]
    assert register(api, username=name).status_code == 201


def test_an_address_that_somebody_has_is_answered_alike_and_cannot_be_confirmed_again(over, api, address):
    first, second = new_name(), new_name()
    register(api, username=first, email=address)
    assert confirm(api, *tokens_to(address, 1)).status_code == 204
    response = register(api, username=second, email=address.upper())
    assert response.status_code == 201
    assert response.json() == {"id": response.json()["id"], "username": second}
    (token,) = tokens_to(address.upper(), 1)
    response = confirm(api, token)
    assert refusal(response) == (409, "email_unavailable", "This address can't be confirmed for this account.")
    assert owners(over, address) == [first]


def test_of_many_who_confirm_one_address_at_once_one_gets_it(over, api, address):
    for _ in range(8):
        register(api, email=address)
    tokens = iter(tokens_to(address, 8))
    responses = at_once(over, 8, lambda client: confirm(client, next(tokens)))
    assert sorted(response.status_code for response in responses) == [204] + [409] * 7
    assert len(owners(over, address)) == 1


def test_one_link_at_once_many_times_is_good_for_once(over, api, address):
    register(api, email=address)
    (token,) = tokens_to(address, 1)
    responses = at_once(over, 12, lambda client: confirm(client, token))
    assert sorted(response.status_code for response in responses) == [204] + [400] * 11


@pytest.mark.parametrize(("body", "code"), [({}, "required"), ({"token": None}, "null"), ({"token": ["x"]}, "invalid")])
def test_a_confirmation_without_a_token_is_a_400(api, body, code):
    response = api.post("auth/email/confirm", json=body)
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [("token", code)]
