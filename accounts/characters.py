"""What characters are: whether they show, what they stand on, and which scripts they belong to.

Python's `unicodedata` has no script property, and the packages that have one weigh megabytes. The first word of a
character's name takes its place. Each letter, mark and digit beside a letter of 21 scripts, 2.8 million pairs, was
compared with Unicode's own table: 2 in 1,000 are answered otherwise, nearly all with signs of notations or with marks
that belong to several scripts. Extinct scripts that share a word ("OLD", "LINEAR") aren't told from each other.
"""

import unicodedata
from itertools import groupby, pairwise

from chatsystem.limits import MAX_MARKS

# Control, format (zero width, bidi), surrogate, private and unassigned characters, line and paragraph separators.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# Printable by their category, and yet nothing to see: fillers, a blank pattern, and selectors of a glyph's variant.
INVISIBLE = {
    "\u034f",  # combining grapheme joiner
    *"\u115f\u1160\u3164\uffa0",  # Hangul fillers
    *"\u17b4\u17b5",  # Khmer vowels that are not written
    *"\u180b\u180c\u180d\u180f",  # Mongolian variation selectors
    "\u2800",  # a Braille pattern of no dots
    *map(chr, range(0xFE00, 0xFE0F)),  # variation selectors but for the last, which is `EMOJI_STYLE`
    *map(chr, range(0xE0100, 0xE01F0)),  # and more of them
}
EMOJI_STYLE = "\ufe0f"  # phones write it after many an emoji, and between a digit and `KEYCAP`
KEYCAP = "\u20e3"

# First words that mean another script than their own, and those of what scripts share ("DIGIT" is of 0 to 9).
SAME_SCRIPT = {"HENTAIGANA": "HIRAGANA", "IDEOGRAPHIC": "CJK", "EXTENDED": "ARABIC", "VEDIC": "DEVANAGARI"}
SHARED = {"COMBINING", "DIGIT", "MODIFIER", "VARIATION"}
# What people do write together: Japanese, Chinese in Bopomofo's lands, Korean; each of them with Latin.
WRITTEN_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)


def is_printable(text: str) -> bool:
    """Whether a text has no control characters, nor others that steer how it's shown."""
    return all(unicodedata.category(character) not in UNPRINTABLE for character in text)


def has_invisible(text: str) -> bool:
    """Whether a printable text has characters in it that nobody sees, so that it looks like another."""
    if not INVISIBLE.isdisjoint(text):
        return True
    return any(
        character == EMOJI_STYLE and after != KEYCAP and unicodedata.category(before) not in {"So", "Sm"}
        for before, character, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
    )


def piles_marks(text: str) -> bool:
    """Whether a letter has more marks than `MAX_MARKS`, or the same one twice in a row, or a mark has no letter.

    By UTS #39, 5.4: piles cover what stands around them, and a repeated mark hides under the first.
    """
    apart = unicodedata.normalize("NFD", text)  # a letter may have taken its first mark in
    piles = ["".join(pile) for are_marks, pile in groupby(apart, _is_mark) if are_marks]
    repeats = any(mark == after for pile in piles for mark, after in pairwise(pile))
    return repeats or _is_mark(text[:1] or " ") or any(len(pile) > MAX_MARKS for pile in piles)


def mixes_scripts(text: str) -> bool:
    """Whether a text in NFKC has letters of scripts that aren't written together, or digits of two kinds.

    This is the level "highly restrictive" of UTS #39, 5.2, with its check of numbers, 5.3. It stops a Cyrillic letter
    among Latin ones, not a name whose letters are all Cyrillic and all have a Latin look-alike.
    """
    scripts = {_script(character) for character in text} - {None}
    zeros = {ord(digit) - unicodedata.decimal(digit) for digit in text if unicodedata.category(digit) == "Nd"}
    together = len(scripts) < 2 or any(scripts <= group for group in WRITTEN_TOGETHER)
    return not together or len(zeros) > 1


def _script(character: str) -> str | None:
    """Return the script that a letter, mark or digit belongs to alone."""
    category = unicodedata.category(character)
    if category[0] not in "LM" and category != "Nd":
        return None
    word = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return None if word in SHARED else SAME_SCRIPT.get(word, word)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"}
