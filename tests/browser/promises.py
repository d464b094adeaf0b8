"""What the pages promise. A test that holds them to it says so: `@pytest.mark.promise(4)`."""

PROMISES = {
    1: "everything works without JavaScript",
    2: "accessible and valid at every width and in both schemes",
    3: "no sideways scrolling, large targets, focus that shows",
    4: "the keyboard does everything",
    5: "light and quick",
    6: "a strict policy, safe cookies, nothing left after signing out",
    7: "landmarks, titles and languages; forced colours, reduced motion, paper",
    8: "dark by preference and by choice, without a flash",
    9: "times in the person's zone, exact ones too",
    10: "the inbox: a row a conversation, new ones first",
    11: "all messages, paged both ways",
    12: "empty lists say what to do",
    13: "a conversation opens at the first unread message",
    14: "days, groups, and a date to jump to",
    15: "a link to a message, and a 404 for all others",
    16: "every message exactly once, whatever arrives meanwhile",
    17: "reading marks read, and only reading",
    18: "new messages arrive without a jump",
    19: "redacted messages leave a gap; actions need no hover",
    20: "an outage keeps what was typed",
    21: "sending twice gives one message; errors keep the text",
    22: "a counter like the server's; an ended session keeps the text",
    23: "to an exact name; refusals tell nothing",
    24: "log in, register, reset a password",
    25: "sessions can be seen and ended",
    26: "export and deletion of an account; error pages alike",
}

# Promises that aren't held in full yet, each with its reason: the only excuse. Whoever completes one takes it out.
LATER = {
    26: "export and deletion are still to come",
}
