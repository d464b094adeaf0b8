"""What is shown of a message that was found."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.pages.excerpts import LENGTH, excerpt
from messaging.search import parse


def shown(content, query):
    return excerpt(content, parse(query))


@pytest.mark.parametrize(
    ("content", "query", "html"),
    [
        ("the blue door", "DOOR", "the blue <mark>door</mark>"),
        ("the blue door", "door the", "<mark>the</mark> blue <mark>door</mark>"),
        ("<b>bold</b> & more", "bold", "&lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; more"),
        ("1 < 2", "<", "1 <mark>&lt;</mark> 2"),
        ("Café", "cafe", "<mark>Café</mark>"),
        ("nothing", "door", "nothing"),
    ],
)
def test_what_was_looked_for_is_marked_and_all_else_is_text(content, query, html):
    assert shown(content, query) == html


def test_a_long_message_is_cut_at_white_space_around_the_first_place():
    content = "before " * 100 + "door " + "after " * 100
    html = shown(content, "door")
    assert html.startswith("… before ")
    assert html.endswith(" after …")
    assert "<mark>door</mark>" in html
    assert len(html) <= LENGTH + len("… <mark></mark> …")


def test_a_long_word_is_cut_anywhere_and_every_place_within_is_marked():
    html = shown("x" * 1_000 + "door" + "y" * 1_000 + "door", "door")
    assert html.count("<mark>door</mark>") == 1
    assert html.startswith("… xxx")
    assert html.endswith("yyy …")


def test_the_end_of_a_long_message_is_shown_to_its_end():
    html = shown("word " * 200 + "the door", "door")
    assert html.endswith("the <mark>door</mark>")


@given(st.text(max_size=600), st.text(min_size=1, max_size=3))
def test_it_is_a_part_of_the_content(content, query):
    html = shown(content, query) if parse(query) else ""
    text = unescape(html.replace("<mark>", "").replace("</mark>", ""))
    part = text.removeprefix("… ").removesuffix(" …")
    assert part in content or text in content
