"""What a username may be, and when two are the same."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models.people import MAX_KEY_LENGTH
from accounts.usernames import clean_username, username_key
from chatsystem.errors import InvalidPayload

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16)


def cleaned(username):
    """The clean form, or the code of the refusal."""
    try:
        return clean_username(username)
    except InvalidPayload as refusal:
        return ", ".join(error.code for error in refusal.errors if error.field == "username")


@pytest.mark.parametrize(
    ("username", "stored"),
    [
        ("amy", "amy"),
        ("Amy", "Amy"),
        ("amy lee", "amy lee"),
        ("\uff41\uff4d\uff59", "amy"),  # fullwidth
        ("ﬁona", "fiona"),
        ("e\u0301lodie", "élodie"),
        ("Straße", "Straße"),
        ("日本語", "日本語"),
        ("amy@example.com", "amy@example.com"),
        ("🦊" * 16, "🦊" * 16),
        ("a" * 16, "a" * 16),
        ("a\u00a0b", "a b"),
    ],
)
def test_a_name_is_stored_and_shown_in_nfkc_in_the_case_that_was_written(username, stored):
    assert cleaned(username) == stored


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("", "blank"),
        (" ", "blank"),
        ("\u3000\u2003", "blank"),
        (" amy", "outer_space"),
        ("amy\n", "outer_space"),
        ("amy\u3000", "outer_space"),
        ("a" * 17, "too_long"),
        ("🦊" * 17, "too_long"),
        ("e\u0301" * 9, "too_long"),  # 18 characters as sent, 9 in NFKC
        ("ﬃ" * 6, "too_long"),  # 6 as sent, 18 in NFKC
        ("\ufdfa", "too_long"),  # one character that NFKC makes 18 of
        ("a\0my", "unprintable"),
        ("a\ty", "unprintable"),
        ("a\u200by", "unprintable"),  # zero width space
        ("a\u200dy", "unprintable"),  # zero width joiner
        ("a\ufeffy", "unprintable"),
        ("a\u00ady", "unprintable"),  # soft hyphen
        ("a\u202ey", "unprintable"),  # right-to-left override
        ("a\u2066y", "unprintable"),  # bidi isolate
        ("a\u2028y", "unprintable"),
        ("a\ue000y", "unprintable"),
        ("a\ud800y", "unprintable"),
        ("a\U0001f9ffy\U0001fbff", "unprintable"),  # unassigned
        ("a\U000e0041y", "unprintable"),  # a tag
    ],
)
def test_what_cannot_be_a_name_is_refused(username, code):
    assert cleaned(username) == code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("amy", "AMY"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ﬁona", "FIONA"),
        ("\uff41\uff4d\uff59", "AMY"),
        ("élodie", "E\u0301LODIE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ⅳ", "iv"),
        ("①②", "12"),
        ("K", "\u212a"),  # the Kelvin sign
        ("\u1e9b\u0323", "ṩ"),
        ("a\u00a0b", "A B"),
    ],
)
def test_names_are_the_same_without_regard_to_case_and_width(one, other):
    assert username_key(one) == username_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0131", "i"),  # the dotless i of Turkish
        ("İ", "i"),
        ("amy", "amý"),
        ("amy", "\u0430my"),  # a Cyrillic letter
        ("amy", "a my"),
        ("o", "0"),
    ],
)
def test_names_that_people_tell_apart_are_two(one, other):
    assert username_key(one) != username_key(other)


@given(NAMES)
@example("ΐ" * 16)
@example("ŉ" * 8)
@example("ß" * 16)
@example("İ" * 16)
def test_a_name_that_is_taken_fits_into_its_columns(username):
    name = cleaned(username)
    if name in {"blank", "outer_space", "too_long", "unprintable"}:
        return
    assert 1 <= len(name) <= 16
    assert len(username_key(name)) <= MAX_KEY_LENGTH


@given(NAMES)
def test_cleaning_again_changes_nothing_and_every_writing_of_a_name_has_one_key(username):
    key = username_key(username)
    assert username_key(key) == key
    for written in (unicodedata.normalize(form, username) for form in ("NFC", "NFD", "NFKC", "NFKD")):
        assert username_key(written) == key
    name = cleaned(username)
    if name not in {"blank", "outer_space", "too_long", "unprintable"}:
        assert clean_username(name) == name
        assert username_key(name) == key
