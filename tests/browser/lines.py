"""The promises of the pages, one a line, and the tests that hold them to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A promise, and where it is tested: `module.test`, below `tests.browser`."""

    number: int
    title: str
    tests: tuple[str, ...] = ()


LINES = (
    Line(
        1,
        "everything works without JavaScript",
        ("test_landing.test_the_landing_page_is_sound", "test_error_pages.test_an_unknown_address_is_a_sound_404"),
    ),
    Line(
        2,
        "accessible and valid at every width and in both schemes",
        ("test_landing.test_the_landing_page_is_sound", "test_error_pages.test_an_unknown_address_is_a_sound_404"),
    ),
    Line(
        3,
        "no sideways scrolling, large targets, focus that shows",
        ("test_landing.test_the_landing_page_is_sound", "test_error_pages.test_an_unknown_address_is_a_sound_404"),
    ),
    Line(4, "the keyboard does everything"),
    Line(5, "light and quick"),
    Line(6, "a strict policy, safe cookies, nothing left after signing out"),
    Line(7, "landmarks, titles and languages; forced colours, reduced motion, paper"),
    Line(8, "dark by preference and by choice, without a flash"),
    Line(9, "times in the person's zone, exact ones too"),
    Line(10, "the inbox: a row a conversation, new ones first"),
    Line(11, "all messages, paged both ways"),
    Line(12, "empty lists say what to do"),
    Line(13, "a conversation opens at the first unread message"),
    Line(14, "days, groups, and a date to jump to"),
    Line(15, "a link to a message, and a 404 for all others"),
    Line(16, "every message exactly once, whatever arrives meanwhile"),
    Line(17, "reading marks read, and only reading"),
    Line(18, "new messages arrive without a jump"),
    Line(19, "redacted messages leave a gap; actions need no hover"),
    Line(20, "an outage keeps what was typed"),
    Line(21, "sending twice gives one message; errors keep the text"),
    Line(22, "a counter like the server's; an ended session keeps the text"),
    Line(23, "to an exact name; refusals tell nothing"),
    Line(24, "log in, register, reset a password"),
    Line(25, "sessions can be seen and ended"),
    Line(
        26,
        "export and deletion of an account; error pages alike",
        ("test_error_pages.test_an_unknown_address_is_a_sound_404",),
    ),
)

NO_PAGE = "its pages are still to come"
SOME_PAGES = "held for the pages that there are"
# Lines that aren't held in full yet, each with its reason: the only excuse. Whoever completes one takes it out.
LATER = {
    1: SOME_PAGES,
    2: SOME_PAGES,
    3: SOME_PAGES,
    4: NO_PAGE,
    5: NO_PAGE,
    6: NO_PAGE,
    7: NO_PAGE,
    8: NO_PAGE,
    9: NO_PAGE,
    10: NO_PAGE,
    11: NO_PAGE,
    12: NO_PAGE,
    13: NO_PAGE,
    14: NO_PAGE,
    15: NO_PAGE,
    16: NO_PAGE,
    17: NO_PAGE,
    18: NO_PAGE,
    19: NO_PAGE,
    20: NO_PAGE,
    21: NO_PAGE,
    22: NO_PAGE,
    23: NO_PAGE,
    24: NO_PAGE,
    25: NO_PAGE,
    26: "export, deletion and the other error pages are still to come",
}
