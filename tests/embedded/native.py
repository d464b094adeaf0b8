"""A client of Cassandra's native protocol, just large enough to see whether data is there."""

import socket
import struct

ERROR = 0x00


def cql(part, statement):
    """Run a statement by the native protocol; returns the result's bytes."""
    with socket.create_connection((part.host, part.port), 10) as connection:
        _request(connection, 0x01, struct.pack(">H", 1) + _string(b"CQL_VERSION") + _string(b"3.0.0"))
        text = statement.encode()
        # Consistency ONE, no flags.
        return _request(connection, 0x07, struct.pack(">I", len(text)) + text + struct.pack(">HB", 1, 0))


def _request(connection, opcode, body):
    connection.sendall(struct.pack(">BBHBI", 4, 0, 0, opcode, len(body)) + body)
    *_, answer, length = struct.unpack(">BBHBI", _read(connection, 9))
    content = _read(connection, length)
    assert answer != ERROR, content
    return content


def _read(connection, length):
    content = b""
    while len(content) < length:
        content += connection.recv(length - len(content))
    return content


def _string(text):
    return struct.pack(">H", len(text)) + text
