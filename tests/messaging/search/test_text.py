"""What is found in which text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.search.text import Pattern, fold, parse, spans


def is_found(query, text):
    return Pattern(parse(query)).is_in(text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("parcel", "Did the parcel arrive?"),
        ("PARCEL", "Did the parcel arrive?"),
        ("arc", "Did the parcel arrive?"),
        ("arrive did", "Did the parcel arrive?"),
        ("cafe", "Im Café"),
        ("CAFÉ", "im cafe\u0301"),
        ("strasse", "Große Straße"),
        ("straße", "GROSSE STRASSE"),
        ("Lodz", "z Łodzi do Łódź"),
        ("oresund", "Øresund"),
        ("istanbul", "İstanbul"),
        ("\u0131sparta", "Isparta"),
        ("œuvre", "OEUVRE"),
        ("αθηνα", "Αθήνα"),
        ("ΟΔΟΣ", "οδός"),
        ("елка", "Ёлка"),
        ("ﬁne", "fine"),
        ("ABC", "\uff41\uff42\uff43"),
        ("明日", "明日は雨だそうです。"),
        ("雨", "明日は雨だそうです。"),
        ("ガス", "ｶﾞｽ"),
        ("한국", "대한국민"),
        ("سلام", "سَلَام"),
        ("שלום", "שָׁלוֹם"),
        ("e-mail", "an e\u2011mail"),
        ("1990\u20131999", "1990-1999"),
        ("-5", "it was -5 degrees"),
        ("don't", "don\u2019t"),
        ("https://example.org/a?b=c-d#e", "see https://example.org/a?b=c-d#e."),
        ("example.org", "https://EXAMPLE.org/blue"),
        ("100%", "100% sure"),
        ("a_b*", "a_b*c"),
        ("👍", "thanks 👍🏽"),
        ('"parcel arrive"', "Did the parcel\r\n  arrive?"),
        ('"the parcel" did', "Did the parcel arrive?"),
        ("\u201cthe parcel\u201d", "Did the parcel arrive?"),
        ('"the parcel', "Did the parcel arrive?"),
        ('"c\u0327a  va"', "ça va"),
        ("soft\u00adware", "software"),
    ],
)
def test_it_is_found(query, text):
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("parcels", "Did the parcel arrive?"),
        ("parcel tomorrow", "Did the parcel arrive?"),
        ('"arrive parcel"', "Did the parcel arrive?"),
        ('"the arrive"', "Did the parcel arrive?"),
        ("か", "がき"),
        ("하", "한국"),
        ("a.c", "abc"),
        ("100%", "100 per cent"),
        ("a_b", "aXb"),
        ("x", ""),
    ],
)
def test_it_is_not_found(query, text):
    assert not is_found(query, text)


@pytest.mark.parametrize("query", ["", "  \n", '""', '" "', '"', "\u0301", "\u200b \u00ad"])
def test_there_is_nothing_to_look_for(query):
    assert parse(query) == []


def test_words_and_phrases_are_told_apart_and_the_longest_comes_first():
    assert parse('b "One  two" a b foo"x y"z') == ["one two", "foo", "x y", "a", "b", "z"]


@given(st.text())
def test_a_folded_text_stays_as_it_is(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.data())
def test_a_text_is_found_by_any_part_of_it_whatever_its_case(text, data):
    words = [word for word in text.split() if '"' not in fold(word) and parse(word)]
    if words:
        word = data.draw(st.sampled_from(words))
        assert is_found(word, text)
        assert is_found(word.lower(), text) or word.lower().casefold() != word.casefold()
        assert is_found(f'"{word}"', text)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("parcel", "Did the Parcel arrive?", "Did the [Parcel] arrive?"),
        ("arrive par", "Did the parcel arrive?", "Did the [par]cel [arrive]?"),
        ("a", "banana", "b[a]n[a]n[a]"),
        ("cafe", "Im Cafe\u0301!", "Im [Cafe\u0301]!"),
        ("strasse", "Große Straße", "Große [Straße]"),
        ("gros", "Große", "[Groß]e"),
        ("s", "Straße", "[S]tra[ß]e"),
        ("ガス", "ｶﾞｽ", "[ｶﾞｽ]"),
        ("국", "한\u1100\u116e\u11a8", "한[\u1100\u116e\u11a8]"),
        ("coop", "a co\u00adop", "a [co\u00adop]"),
        ('"blue door"', "the Blue\n  dóor", "the [Blue\n  dóor]"),
        ("window", "the blue door", "the blue door"),
        ("<b>", "1 <b> 2", "1 [<b>] 2"),
        ("a.c", "abc a.c", "abc [a.c]"),
    ],
)
def test_it_is_known_where_a_text_has_what_was_looked_for(query, text, marked):
    shown, end = "", 0
    for begin, stop in spans(parse(query), text):
        shown += f"{text[end:begin]}[{text[begin:stop]}]"
        end = stop
    assert shown + text[end:] == marked


@given(st.text(max_size=30), st.text(min_size=1, max_size=4))
def test_whatever_is_found_has_a_place(text, query):
    terms = parse(query)
    places = spans(terms, text) if terms else []
    assert bool(places) or not terms or not Pattern(terms).is_in(text)
    assert all(begin < end for begin, end in places)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))
