"""Every limit that people or programs can meet, with its unit and its reason. Rules use these, nobody repeats them."""

# Contents
MAX_CONTENT_LENGTH = 4_000  # characters, as sent; HTML forms turn a browser's CRLF into LF first
MAX_CONTENT_BYTES = 10_000  # in UTF-8: a send writes it four times, and Cassandra refuses batches over 50 KiB
PREVIEW_LENGTH = 100  # characters of the last message that a list of conversations shows

# Pages of messages
MAX_PAGE_SIZE = 100  # messages; a page is one answer and one cached value, so it stays small
DEFAULT_PAGE_SIZE = 50  # messages
DEFAULT_NUMBERED_PAGE_SIZE = 10  # messages: what clients get that ask by `page` and name no `pageSize`

# People
MAX_USERNAME_LENGTH = 16  # characters, after NFKC
MAX_MARKS = 4  # combining marks on one letter of a new name (UTS #39, 5.4)
MIN_PASSWORD_LENGTH = 8  # characters
MAX_PASSWORD_LENGTH = 128  # characters: hashing costs by length, and a request should not choose the cost
COMMON_PASSWORDS = 10_000  # how many of the commonest passwords are refused

MAX_DISPLAY_NAME_LENGTH = 64  # characters, after NFC
MAX_EMAIL_LENGTH = 254  # characters: what a mail server takes as a path (RFC 5321, 4.5.3.1.3)
MAX_REASON_LENGTH = 500  # characters of an operator's reason
MAX_BLOCKS = 1_000  # people whom one person blocks

# Sessions
MAX_LISTED_SESSIONS = 100  # of one person, those seen last: programs that log in for every run leave many behind
MAX_DEVICE_LENGTH = 80  # characters of what a client calls itself

# Requests
MAX_BODY_BYTES = 64 * 1024  # on the API: six times the longest content, as JSON may escape it
