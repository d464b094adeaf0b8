"""Texts as people look for them: without regard to case, accents, widths, kinds of dashes and quotes."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

# Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones. Marks of other scripts make other
# letters: without them Japanese "ga" would be "ka".
MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc]+"
)
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
APOSTROPHES = "\u2018\u2019\u201b\u02bc\u2032"
QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb"
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u0640"  # soft hyphens, joiners, and what stretches Arabic words
# Letters whose stroke or ligature Unicode doesn't take for an accent.
LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
    "\u0131": "i",  # without a dot
}  # fmt: skip
PLAIN = str.maketrans(
    LETTERS | dict.fromkeys(DASHES, "-") | dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(QUOTES, '"')
) | {ord(character): None for character in UNSEEN}

TERM = re.compile(r'"([^"]*)(?:"|$)|([^\s"]+)')  # a quotation that isn't ended goes to the end


def fold(text: str) -> str:
    """Return the form of a text in which it is looked for; white space stays as it is."""
    if text.isascii():
        return text.lower()
    plain = MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    # Composed again, so that a syllable or a letter with a mark is not found by its first part.
    return unicodedata.normalize("NFC", plain.translate(PLAIN))


def parse(text: str) -> list[str]:
    """Return the words and "quoted phrases" of a query, each in the form that `fold` gives, the longest first.

    A phrase has single spaces. Dashes and other signs mean themselves.
    """
    folded = fold(text)
    terms = {" ".join((phrase or word).split()) for phrase, word in TERM.findall(folded)}
    return sorted(terms - {""}, key=lambda term: (-len(term), term))


class Pattern:
    """What tells whether a text has all of some terms."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = terms
        self._has_phrases = any(" " in term for term in terms)

    def is_in(self, text: str) -> bool:
        """Return whether each term is somewhere in `text`, as a word or a part of one."""
        folded = fold(text)
        if self._has_phrases:
            folded = " ".join(folded.split())
        return all(term in folded for term in self._terms)


def spans(terms: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return where in `text` any of `terms` is, from the first place to the last: begin and end of each, for showing.

    Whatever a `Pattern` finds by a term has a place here, unless another term lies over it.
    """
    begins: list[int] = []  # of the letter that each character of the folded text comes from
    ends: list[int] = []
    folded = ""
    for begin, end in _letters(text):
        part = fold(text[begin:end])
        folded += part
        begins += [begin] * len(part)
        ends += [end] * len(part)
    found: list[tuple[int, int]] = []
    for match in re.finditer("|".join(map(_anywhere, terms)), folded):
        begin, end = begins[match.start()], ends[match.end() - 1]
        if found and begin < found[-1][1]:  # both are in one letter that is two when it is folded
            begin = found.pop()[0]
        found.append((begin, end))
    return found


def _anywhere(term: str) -> str:
    """Return the pattern of a word, or of a phrase whatever stands between its words."""
    return r"\s+".join(map(re.escape, term.split(" ")))


def _letters(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of what can be folded by itself: a character with the marks that follow it."""
    if text.isascii():
        yield from ((at, at + 1) for at in range(len(text)))
        return
    begin = 0
    for at, character in enumerate(text):
        if at > begin and not _goes_on(character):
            yield begin, at
            begin = at
    yield begin, len(text)


def _goes_on(character: str) -> bool:
    """Whether a character may become one with what is before it, as marks do, and the later sounds of Korean."""
    if character.isascii():
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"
