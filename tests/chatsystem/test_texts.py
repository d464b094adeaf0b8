"""Contents as HTML: what was written, to the letter, with links that do what they say."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsystem.pages.texts import show_text

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "HTTP://",
            "javascript://",
            "data:text/html,",
            "//",
            "://",
            "www.",
            "mailto:a@b.example",
        ),
        *(
            "a.example",
            "\u0440\u0430\u0443\u0440\u0430l.example",
            "xn--a.example",
            "user:password@",
            "127.0.0.1",
            "[::1]",
            ":80",
            ":99999",
            "..",
        ),
        *(
            "/a_(b)",
            "?x=1&y=2",
            "#z",
            "%",
            "%zz",
            "%2f",
            '"',
            "'",
            "<",
            ">",
            "&",
            "&amp;",
            "<script>",
            "</a>",
            "\\",
            "`",
        ),
        *(
            "(",
            ")",
            ".",
            ",",
            "*",
            "\n",
            "\t",
            " ",
            "\u202e",
            "\u200b",
            "\xad",
            "\u3002",
            "\uff0f",
            "é",
            "😀",
            "\ud83d",
        ),
    ]
)
CONTENTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))


class Reader(HTMLParser):
    """Reads HTML as text and elements."""

    def __init__(self, shown):
        super().__init__()
        self.text, self.elements = "", []
        self.feed(shown)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def links(content):
    return [attributes["href"] for _, attributes in Reader(show_text(content)).elements]


@given(CONTENTS)
def test_what_is_shown_is_what_was_written_and_holds_nothing_but_links(content):
    reader = Reader(show_text(content))
    assert reader.text == content
    for tag, attributes in reader.elements:
        assert tag == "a"
        assert attributes.keys() - {"data-host"} == {"href", "rel"}
        assert attributes["rel"] == "nofollow noopener"


@given(CONTENTS)
def test_links_lead_to_the_web_and_to_the_host_that_they_show(content):
    for address, shown in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', show_text(content)):
        scheme, _, rest = address.partition("://")
        assert scheme in ("http", "https")
        host = re.split("[/?#]", rest)[0]
        assert re.fullmatch(r"[a-z0-9_.-]+(:[0-9]+)?", host)
        assert re.fullmatch(r"[\x21-\x7e]*", address)
        if shown.isascii():
            assert shown.lower().startswith(f"{scheme}://{host}")
        assert not re.search("[\u202a-\u202e\u200b\xad]", shown)


def test_an_address_becomes_a_link():
    assert show_text("Look: https://a.example/b?c=1&d=2") == (
        'Look: <a href="https://a.example/b?c=1&amp;d=2" rel="nofollow noopener">https://a.example/b?c=1&amp;d=2</a>'
    )


@pytest.mark.parametrize(
    "content",
    [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        "data://a.example/x",
        "ftp://a.example/",
        "www.a.example",
        "a@b.example",
        "http://",
        "http:///a",
        "http://..",
        "http://a..example/",
        "http://-a.example/",
        "http://a.example:99999/",
        "http://256.0.0.1/",
        "http://1.2/",
        "http://[::1]/",
        "http://good.example@evil.example/",
        "http://good.example:80@evil.example/",
        "http://good.example:word@evil.example/",
        "http://straße.example/",  # browsers and older programs look for two different hosts
        "xhttp://a.example/",
    ],
)
def test_what_leads_nowhere_or_elsewhere_stays_text(content):
    assert links(content) == []
    assert Reader(show_text(content)).text == content


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ("(http://a.example)", "http://a.example"),
        ("http://a.example.", "http://a.example"),
        ("http://a.example/b, and", "http://a.example/b"),
        ("http://a.example/b_(c)", "http://a.example/b_(c)"),
        ("(see http://a.example/b_(c)).", "http://a.example/b_(c)"),
        ("**http://a.example/b**", "http://a.example/b"),
        ('<a href="http://a.example/b">', "http://a.example/b"),
        ("HTTP://A.Example/B", "http://a.example/B"),
        ("http://127.0.0.1:8000/?a#b", "http://127.0.0.1:8000/?a#b"),
        ("http://a.example/ä%", "http://a.example/%C3%A4%25"),
        ("http://a.example/\u202egnp.exe", "http://a.example/"),
    ],
)
def test_a_link_ends_where_the_address_does(content, address):
    assert links(content) == [address]


def test_a_host_in_other_letters_says_which_host_it_is():
    """These are Cyrillic letters, which look like a bank's name."""
    ((_, attributes),) = Reader(show_text("https://\u0440\u0430\u0443\u0440\u0430l.com/login")).elements
    assert attributes["href"] == "https://xn--l-7sba6dbr.com/login"
    assert attributes["data-host"] == "xn--l-7sba6dbr.com"
    ((_, plain),) = Reader(show_text("https://paypal.com/login")).elements
    assert "data-host" not in plain


@pytest.mark.parametrize("piece", ["http://", "http://a/)", ")", "http://a.", "https://é.", "http://a@", "a.b-", "("])
def test_no_content_takes_long(piece):
    content = ("http://a.example/" + piece * 4_000)[:4_000]
    began = time.process_time()
    show_text(content)
    assert time.process_time() - began < 0.1  # a hundred times what it takes; what isn't linear takes seconds
