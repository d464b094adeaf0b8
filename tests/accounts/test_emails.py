"""What an e-mail address may be, and when two are the same."""

import pytest

from accounts.emails import clean_email, email_key
from chatsystem.errors import InvalidPayload

LONGEST = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org"  # 254 characters


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Amy.Lee+chat@Example.org", "Amy.Lee+chat@Example.org"),
        ("amy@bücher.example", "amy@bücher.example"),
        ("\uff41my@example.org", "amy@example.org"),
        (LONGEST, LONGEST),
    ],
)
def test_an_address_is_kept_as_it_is_written(written, stored):
    assert clean_email(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "amy",
        "@example.org",
        "amy@",
        "amy@@example.org",
        "amy@example.org\n",
        "amy@example.org\nBcc: bob@example.org",
        "amy@example.org\r\nBcc: bob@example.org",
        "amy@example.org, bob@example.org",
        "Amy <amy@example.org>",
        " amy@example.org",
        "a my@example.org",
        "a\0my@example.org",
        '"a\x01my"@example.org',
        "a\u200bmy@example.org",
        "amy@exam\u202eple.org",
        "\u0131amy@example.org",
        "ämy@example.org",
    ],
)
def test_what_is_no_address_is_refused(written):
    with pytest.raises(InvalidPayload) as refusal:
        clean_email(written)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("email", "invalid_email")]


@pytest.mark.parametrize("written", ["a" + LONGEST, "a" * 10_000 + "@example.org", "\ufdfa" * 200])
def test_an_address_that_is_too_long_is_told_the_limit(written):
    with pytest.raises(InvalidPayload) as refusal:
        clean_email(written)
    (error,) = refusal.value.errors
    assert (error.field, error.code, error.limit) == ("email", "too_long", 254)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amy@Example.org", "aMY@example.ORG"),
        ("amy@stra\u00dfe.example", "AMY@STRASSE.example"),
        ("\uff41my@example.org", "AMY@example.org"),
    ],
)
def test_two_addresses_are_the_same_without_regard_to_case(one, other):
    assert email_key(one) == email_key(other)


def test_a_letter_that_only_looks_like_another_makes_another_address():
    assert email_key("am\u0131@example.org") != email_key("ami@example.org")
