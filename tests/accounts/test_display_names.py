"""What a display name may be."""

import pytest

from accounts.display_names import clean_display_name
from chatsystem.errors import InvalidPayload


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("", ""),
        (" \u3000\n", ""),
        ("  Amy Lee\n", "Amy Lee"),
        ("E\u0301lodie", "Élodie"),
        ("ﬁ①\u2122", "ﬁ①\u2122"),  # NFC, not NFKC: it's shown as it was written
        ("\u0430lice", "\u0430lice"),  # it may look like another
        ("❤\ufe0f 1\ufe0f\u20e3", "❤\ufe0f 1\ufe0f\u20e3"),
        ("x" * 64, "x" * 64),
        ("🦊" * 64, "🦊" * 64),
        (" " + "e\u0301" * 64, "é" * 64),
    ],
)
def test_a_display_name_is_stored_in_nfc_without_white_space_around_it(written, stored):
    assert clean_display_name(written) == stored
    assert clean_display_name(stored) == stored


@pytest.mark.parametrize(
    ("written", "code", "limit"),
    [
        ("x" * 65, "too_long", 64),
        ("\ufb2c" * 22, "too_long", 64),  # NFC makes three of one
        ("Amy\nLee", "unprintable", None),
        ("Amy\0", "unprintable", None),
        ("Amy\u202eeeL", "unprintable", None),
        ("Amy\u200bLee", "unprintable", None),
        ("Amy\ufe0f", "unprintable", None),
        ("\u3164", "unprintable", None),
        ("\uffa0", "unprintable", None),
        ("A" + "\u0302\u0303" * 3, "too_many_marks", 4),
        ("\u0302", "too_many_marks", 4),
    ],
)
def test_what_cannot_be_a_display_name_is_refused(written, code, limit):
    with pytest.raises(InvalidPayload) as refusal:
        clean_display_name(written)
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [("display_name", code, limit)]
