"""What a username may be, and when two are the same."""

import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from accounts.models.people import MAX_KEY_LENGTH
from accounts.services.login import log_in
from accounts.services.registration import register
from accounts.usernames import clean_new_username, clean_username, username_key
from chatsystem.errors import InvalidPayload
from tests.factories import PASSWORD

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16)


def cleaned(username, clean=clean_username):
    """The clean form, or the code of the refusal."""
    try:
        return clean(username)
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


@pytest.mark.sql
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


@pytest.mark.parametrize(
    "username",
    [
        "user_1",
        "amy.lee@host.org",
        "O'Neil / Sons",
        "Jürgen",
        "Nguyễn Thị Ánh",
        "Ольга",
        "Ωμέγα",
        "Հայկ",
        "李雷",
        "李雷 Lei",
        "東京タワーTokyo",
        "さくら",
        "ラーメン",
        "佐々木",
        "김철수 Tom",
        "ㄅㄆㄇ李",
        "علی۱۲۳",
        "مُحَمَّد",
        "שָׁלוֹם",
        "मोहन २",
        "ไก่ 123",
        "🦊" * 16,
        "❤\ufe0f amy",
        "amy 1\ufe0f\u20e3",
        "👍🏽👍🏿",
        "🇳🇱",
        "x\u0302\u0303\u0304\u0305y",  # four marks
        "^_^",
        "...",
    ],
)
def test_new_names_of_one_script_or_of_those_that_are_written_together_are_taken(username):
    assert cleaned(username, clean_new_username) == username


@given(st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1, max_size=16))
def test_new_names_of_ascii_are_taken(username):
    if username not in {".", ".."}:
        assert clean_new_username(username) == username


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("\u0430lice", "mixed_scripts"),  # a Cyrillic a
        ("al\u0456ce", "mixed_scripts"),  # a Cyrillic i
        ("\u0410lice", "mixed_scripts"),
        ("\u0391lice", "mixed_scripts"),  # Greek
        ("b\u03bfb", "mixed_scripts"),
        ("\u13aalice", "mixed_scripts"),  # Cherokee
        ("b\u0585b", "mixed_scripts"),  # Armenian
        ("\u2c9fscar", "mixed_scripts"),  # Coptic
        ("\ua4f2vy", "mixed_scripts"),  # Lisu
        ("Ольга李", "mixed_scripts"),
        ("ラのlя", "mixed_scripts"),
        ("김さくら", "mixed_scripts"),
        ("ㄅさくら", "mixed_scripts"),
        ("amy\u0661", "mixed_scripts"),  # an Arabic digit
        ("amy\u06f1", "mixed_scripts"),
        ("amy\u0967", "mixed_scripts"),
        ("8\u09ea", "mixed_scripts"),  # a Bengali 4 beside an 8
        ("e\u064ea", "mixed_scripts"),  # an Arabic vowel in the place of an accent
        ("e\u05b0a", "mixed_scripts"),
        ("amy\ufe0f", "unprintable"),  # variation selectors
        ("\ufe0famy", "unprintable"),
        ("❤\ufe0e", "unprintable"),
        ("amy\U000e0100", "unprintable"),
        ("a\u034fmy", "unprintable"),  # combining grapheme joiner
        ("\u3164", "unprintable"),  # Hangul fillers
        ("a\u115fmy", "unprintable"),
        ("\u2800", "unprintable"),  # a Braille pattern of no dots
        ("a\u200by", "unprintable"),
        ("a\u202ey", "unprintable"),
        ("x\u0302\u0303\u0304\u0305\u0306", "too_many_marks"),
        ("x\u0302\u0302", "too_many_marks"),
        ("a\u0301\u0301my", "too_many_marks"),  # NFKC takes the first into the letter
        ("\u0302amy", "too_many_marks"),  # a mark on no letter
        ("\ufdfa", "too_long"),
        (" amy", "outer_space"),
        (".", "reserved"),
        ("\u2025", "reserved"),  # NFKC makes two dots of it
    ],
)
def test_new_names_that_are_made_to_look_like_others_are_refused(username, code):
    assert cleaned(username, clean_new_username) == code


@pytest.mark.parametrize("username", ["\u0430lice", "al\u0456ce", "amy\ufe0f", "x\u0302\u0302", "\u0302amy", ".."])
def test_names_that_look_like_others_cannot_be_registered_but_are_kept_by_who_has_them(db, username):
    with pytest.raises(InvalidPayload):
        register(username=username, password=PASSWORD)
    assert not User.objects.exists()
    person = User.objects.create_user(username, PASSWORD)
    person.full_clean()
    person.display_name = "Alice"
    person.save()
    assert log_in(username=username, password=PASSWORD) == person
