"""Every limit that people or programs can meet, with its unit and its reason. Rules use these, nobody repeats them."""

# Contents
MAX_CONTENT_LENGTH = 4_000  # characters, as sent; HTML forms turn a browser's CRLF into LF first
MAX_CONTENT_BYTES = 10_000  # in UTF-8: a send writes it four times, and Cassandra refuses batches over 50 KiB
MAX_EDIT_WINDOW = 24 * 60 * 60  # seconds after a send; redactions are stamped after it, so it can't grow
PREVIEW_LENGTH = 100  # characters of the last message that a list of conversations shows

MAX_SEND_KEY_LENGTH = 64  # characters: longer than the UUIDs and hashes that clients use
SEND_KEY_TTL = 24 * 60 * 60  # seconds for which a repeated send is recognised by its key

# Pages of messages
MAX_PAGE_SIZE = 100  # messages; a page is one answer and one cached value, so it stays small
DEFAULT_PAGE_SIZE = 50  # messages
DEFAULT_NUMBERED_PAGE_SIZE = 10  # messages: what clients get that ask by `page` and name no `pageSize`

# Conversations
DEFAULT_CONVERSATIONS = 25  # of a list's page; it can have as many as a page of messages
MAX_CONVERSATIONS = 10_000  # of one person: a list reads all of their rows (250 bytes each) and sorts them in memory

# Catching up
SYNC_TOKEN_AGE = 30 * 24 * 60 * 60  # seconds, a day less than changes are kept: nothing is missing while one reads
POLL_AFTER = 5  # seconds until a client that has all should ask again

# Searching
MAX_QUERY_LENGTH = 200  # characters: more words than anybody looks for at once
SEARCH_ROWS = 10_000  # messages that one request looks at; the next one goes on where it stopped
SEARCH_SECONDS = 1.0  # after which a request answers with what it found, so that a slow cluster holds no worker

# People
MAX_USERNAME_LENGTH = 16  # characters, after NFKC
MAX_MARKS = 4  # combining marks on one letter of a new name (UTS #39, 5.4)
MIN_PASSWORD_LENGTH = 8  # characters
MAX_PASSWORD_LENGTH = 128  # characters: hashing costs by length, and a request should not choose the cost
PASSWORD_MEMORY = 19_456  # KiB that a hash fills, twice: OWASP's least for Argon2id with one lane; takes 15 ms
COMMON_PASSWORDS = 10_000  # how many of the commonest passwords are refused

MAX_DISPLAY_NAME_LENGTH = 64  # characters, after NFC
MAX_EMAIL_LENGTH = 254  # characters: what a mail server takes as a path (RFC 5321, 4.5.3.1.3)
MAX_REASON_LENGTH = 500  # characters of an operator's reason
MAX_BLOCKS = 1_000  # people whom one person blocks

# Reports
MAX_REPORT_LENGTH = 1_000  # characters of what somebody says about what they report
MAX_NOTE_LENGTH = 4_000  # characters of a moderator's note on a case
EVIDENCE_CONTEXT = 5  # messages kept on each side of a reported one
EVIDENCE_OF_PERSON = 10  # messages kept of those that the reporter has with a reported person, the newest
# Seconds for which evidence is kept once its case is decided: as long as somebody may ask for a review. Of a case that
# nobody has decided it's kept as long as that takes; what becomes of the messages themselves never matters.
EVIDENCE_AGE = 365 * 24 * 60 * 60
MAX_LISTED_REPORTS = 100  # of one person, in one answer
MAX_LISTED_CASES = 100  # in one page of the queue

# Redacting what somebody wrote in a span of time
REDACTION_STEP = 50  # messages from one place that a job saves to the next: after a kill so many are looked at again
REDACTION_PREVIEW = 10_000  # messages that a dry run looks at where somebody waits for its answer

# What operators switch
MAX_NOTICE_LENGTH = 300  # characters of what all pages say: a notice, not a letter
QUOTA_SPREAD = 10  # times a configured quota, up or down, that operators can change it to without a restart

# The audit log
# Entries that a page hands out as a file. They make up to 40 MB within 5 s, which fits into what nginx keeps for a slow
# reader. gunicorn ends a worker that is still sending after 30 s, and whoever reads couldn't tell that there was more.
MAX_EXPORTED_ENTRIES = 50_000

# Sessions
MAX_LISTED_SESSIONS = 100  # of one person, those seen last: programs that log in for every run leave many behind
MAX_DEVICE_LENGTH = 80  # characters of what a client calls itself

# Requests
MAX_BODY_BYTES = 64 * 1024  # on the API: six times the longest content, as JSON may escape it
MAX_FORM_BYTES = 256 * 1024  # of a page's form: room for a text that is too long, which comes back with its fault
