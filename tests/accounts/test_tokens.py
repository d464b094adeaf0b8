"""Access tokens."""

import secrets
import time
from uuid import uuid4

import jwt
import pytest
from django.conf import settings

from accounts.tokens import AccessToken, issue_access_token, read_access_token
from chatsystem.errors import InvalidToken

SESSION = uuid4()
KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def claims_of(person):
    return jwt.decode(issue_access_token(person, SESSION), KEY, algorithms=["HS256"], audience="chatsystem")


def sign(claims, key=KEY, **options):
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, **{"algorithm": "HS256", **options}
    )


def test_a_token_is_read_as_the_person_it_was_issued_to(alice):
    assert read_access_token(issue_access_token(alice, SESSION)) == AccessToken(alice.pk, SESSION)


def test_a_token_says_who_until_when_and_which(alice):
    claims = claims_of(alice)
    assert claims.keys() == {"token_type", "aud", "exp", "iat", "jti", "sub", "sid", "id", "username"}
    assert claims["id"] == claims["sub"] == str(alice.pk)
    assert claims["username"] == alice.username
    assert claims["token_type"] == "access"
    assert claims["exp"] - claims["iat"] == 86_400
    assert claims_of(alice)["jti"] != claims["jti"]


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"exp": []},
        {"jti": None},
        {"aud": None},
        {"aud": "another service"},
        {"sid": None},
        {"sid": 7},
        {"sid": "not-a-uuid"},
        {"id": None},
        {"id": 7},
        {"username": None},
        {"username": []},
        {"sub": None},
        {"sub": 7},
        {"sub": "not-a-uuid", "id": "not-a-uuid"},
        {"token_type": None},
        {"token_type": "refresh"},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
    ],
    ids=str,
)
def test_a_token_with_other_claims_is_refused(alice, changes):
    with pytest.raises(InvalidToken):
        read_access_token(sign({**claims_of(alice), **changes}))


def test_a_token_that_names_two_people_is_refused(alice, bob):
    for claim in ("id", "sub"):
        with pytest.raises(InvalidToken):
            read_access_token(sign({**claims_of(alice), claim: str(bob.pk)}))


def forgeries(claims, token):
    header, payload, signature = token.split(".")
    return {
        "another key": sign(claims, secrets.token_urlsafe(48)),
        "no algorithm": jwt.encode(claims, "", algorithm="none"),
        "no signature": f"{header}.{payload}.",
        "another algorithm": sign(claims, KEY * 2, algorithm="HS512"),
        "another payload": f"{header}.{sign({**claims, 'id': str(uuid4())}).split('.')[1]}.{signature}",
        "a cut signature": token[:-2],
        "two parts": f"{header}.{payload}",
        "four parts": f"{token}.{signature}",
        "nothing": "",
        "a word": "token",
        "a letter that is not ASCII": f"{token}é",
        "half a surrogate pair": f"{token}\udc80",
        "a list as payload": jwt.api_jws.encode(b"[]", KEY, algorithm="HS256"),
    }


@pytest.mark.parametrize("kind", forgeries({"a": 1}, sign({"a": 1})))
def test_a_forged_token_is_refused(alice, kind):
    token = issue_access_token(alice, SESSION)
    with pytest.raises(InvalidToken):
        read_access_token(forgeries(claims_of(alice), token)[kind])


@pytest.mark.parametrize(("ahead", "good"), [(3, True), (30, False)])
def test_a_token_from_a_replica_whose_clock_is_a_little_ahead_is_good(alice, ahead, good):
    token = sign({**claims_of(alice), "iat": int(time.time()) + ahead})
    if good:
        assert read_access_token(token).person_id == alice.pk
    else:
        with pytest.raises(InvalidToken):
            read_access_token(token)


def test_a_token_of_the_key_before_is_good_while_that_is_named(alice, settings):
    old = secrets.token_urlsafe(48)
    token = sign(claims_of(alice), key=old)
    with pytest.raises(InvalidToken):
        read_access_token(token)
    settings.JWT_PREVIOUS_KEY = old
    assert read_access_token(token) == AccessToken(alice.pk, SESSION)
    # Today's key signs all that is new, and is read as ever.
    assert claims_of(alice)["id"] == str(alice.pk)
    assert read_access_token(issue_access_token(alice, SESSION)) == AccessToken(alice.pk, SESSION)


@pytest.mark.parametrize("changes", [{"exp": 1}, {"aud": "another service"}, {"sid": None}])
def test_the_key_before_opens_no_way_around_the_other_checks(alice, settings, changes):
    settings.JWT_PREVIOUS_KEY = secrets.token_urlsafe(48)
    with pytest.raises(InvalidToken):
        read_access_token(sign({**claims_of(alice), **changes}, key=settings.JWT_PREVIOUS_KEY))
    with pytest.raises(InvalidToken):
        read_access_token(sign(claims_of(alice), key=secrets.token_urlsafe(48)))
