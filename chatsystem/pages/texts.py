"""Showing what people wrote: as text, in which only addresses of the web become links."""

import re
from html import escape
from ipaddress import IPv4Address
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

# An address ends where white space, quotes, brackets of HTML or anything that doesn't show begins: marks that turn the
# direction of reading would have one look like another.
ADDRESS = re.compile(
    r"""
    (?<![\w@./:-])                                      # not within something longer
    (?P<scheme>https?)://
    (?![^\s/?\#]*@)                                     # a name or a password before the host would pass for it
    (?P<host>[\w.-]{1,253})
    (?P<port>:[0-9]{1,5}(?![0-9]))?
    (?P<rest>[/?\#][^\s<>"'`{}|\\^\[\]\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u180e\u200b-\u200f
                   \u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff
                   \U000e0000-\U0010ffff]*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", re.IGNORECASE)
AROUND = ".,:;!?*_~"  # ends a sentence or a stress rather than an address
DEVIATING = re.compile("[\u00df\u03c2\u200c\u200d]")  # browsers and IDNA 2003 don't agree on these
MOST_LABEL, MOST_PORT = 63, 65_535
KEPT = "/?#&=+$,;:@!*()~-._%"  # what an address has as it is; a browser writes the rest of it in its own way
STRAY = re.compile("%(?![0-9a-fA-F]{2})")


def show_text(content: str) -> SafeString:
    """Return a message's content as HTML. Line ends stay what they are: the style sheet keeps them.

    Without its tags it is the content, to the letter. Links are those of `http` and `https`, written out; where a
    host's name isn't plain ASCII, the link also has the name that browsers look for, which the style sheet shows:
    letters of two alphabets can look the same.
    """
    # Most messages have none, and looking for addresses takes longer than escaping.
    if "://" not in content:
        return mark_safe(escape(content))  # noqa: S308  (escaped)
    shown, end = [], 0
    for found in ADDRESS.finditer(content):
        address = _without_what_is_around(found[0], found["rest"] or "")
        link = _link(address, found)
        if link:
            shown += [escape(content[end : found.start()]), link]
            end = found.start() + len(address)
    return mark_safe("".join([*shown, escape(content[end:])]))  # noqa: S308  (all its parts are escaped)


def _without_what_is_around(address: str, rest: str) -> str:
    """Leave out what belongs to the sentence: full stops, and brackets that were opened before the address."""
    around = AROUND if rest else "."
    opened, closed, end = address.count("("), address.count(")"), len(address)
    while address[end - 1] in around or (address[end - 1] == ")" and closed > opened):
        closed -= address[end - 1] == ")"
        end -= 1
    return address[:end]


def _link(address: str, found: re.Match[str]) -> str | None:
    """Return the link of an address, or None where nothing can stand at it."""
    host = _host(found["host"].rstrip("."))
    if host is None or int((found["port"] or ":0")[1:]) > MOST_PORT:
        return None
    begin = len(found["scheme"]) + len("://") + len(found["host"]) + len(found["port"] or "")
    rest = quote(STRAY.sub("%25", address[begin:]), safe=KEPT)
    target = f"{found['scheme'].lower()}://{host}{found['port'] or ''}{rest}"
    named = "" if found["host"].isascii() else f' data-host="{host}"'
    return f'<a href="{escape(target)}" rel="nofollow noopener"{named}>{escape(address)}</a>'


def _host(host: str) -> str | None:
    """Return a host's name as the network knows it, or None for what can't be one."""
    if DEVIATING.search(host):
        return None
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    if not all(len(label) <= MOST_LABEL and LABEL.fullmatch(label) for label in labels):
        return None
    # Browsers take whatever ends in a number for an address of four.
    return name if not labels[-1][0].isdigit() or _is_ipv4(name) else None


def _is_ipv4(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
