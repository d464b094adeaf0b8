"""Message and change ids: version 1 UUIDs that this process makes once and never twice.

Node and clock sequence (RFC 9562, 5.1) are drawn at random in each process, again after a fork, so two
processes can't make the same id. The lock keeps two threads from reading the same tick.
"""

import os
import secrets
import threading
import uuid
from datetime import datetime

from messaging.types import GREGORIAN_OFFSET

_lock = threading.Lock()
_node = 0
_clock_sequence = 0


def _draw() -> None:
    """Choose this process's node and clock sequence."""
    global _lock, _node, _clock_sequence  # the process's identity is process-wide state
    _lock = threading.Lock()  # the parent may have forked while another of its threads held it
    _node = secrets.randbits(48) | 1 << 40  # the multicast bit marks a random node (RFC 9562, 6.10)
    _clock_sequence = secrets.randbits(14)


_draw()
os.register_at_fork(after_in_child=_draw)


def id_at(moment: datetime) -> uuid.UUID:
    """Return an id of another time than now, for messages that are brought in. Its other bits are random."""
    ticks = int(moment.timestamp() * 1_000_000) * 10 + GREGORIAN_OFFSET
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | ticks >> 48
    return uuid.UUID(int=high << 64 | secrets.randbits(64), version=1)


def new_id() -> uuid.UUID:
    """Return an id whose time is now, later than that of every id made before by this process."""
    with _lock:
        return uuid.uuid1(_node, _clock_sequence)
