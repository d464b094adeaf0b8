"""Values: time, order, conversations, cursors."""

import uuid
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsystem.errors import InvalidQuery
from messaging.types import Cursor, Message, bucket_of, conversation_id_of, day_of, last_id_at, order_of, stamp_of
from tests.messaging.making import DAY, id_at, order, ticks_at

NOON = ticks_at(datetime(2026, 11, 24, 12, tzinfo=UTC))


def at(ticks):
    return Message(id_at(ticks), uuid.uuid4(), "alice", uuid.uuid4(), "bob", "hello")


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        (NOON, "2026-11-24T12:00:00.000000000Z"),
        (NOON + 1, "2026-11-24T12:00:00.000000100Z"),
        (NOON - 1, "2026-11-24T11:59:59.999999900Z"),
        (NOON + 1_234_567, "2026-11-24T12:00:00.123456700Z"),
    ],
)
def test_a_timestamp_has_nine_decimals_and_comes_from_the_id_alone(ticks, expected):
    assert at(ticks).timestamp == expected


def test_a_stamp_is_the_microsecond_of_the_id():
    assert stamp_of(id_at(NOON + 19)) == NOON // 10 + 1


def test_buckets_are_spans_of_ten_days_and_days_are_days():
    first = 2_050 * 10 * DAY
    assert [bucket_of(id_at(ticks)) for ticks in (first - 1, first, first + 10 * DAY - 1, first + 10 * DAY)] == [
        2_049,
        2_050,
        2_050,
        2_051,
    ]
    assert [day_of(id_at(ticks)) for ticks in (7 * DAY - 1, 7 * DAY)] == [6, 7]


LOW = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(st.sampled_from([NOON, NOON + 1]), LOW), min_size=2, max_size=20))
def test_ids_are_ordered_as_cassandra_orders_them(parts):
    ids = [id_at(ticks, low) for ticks, low in parts]
    assert sorted(ids, key=order_of) == sorted(ids, key=order)


@given(st.integers(0, 19), LOW)
def test_the_last_id_of_a_microsecond_stands_behind_all_of_it_and_before_the_next(ticks, low):
    place = last_id_at(NOON // 10)
    message_id = id_at(NOON + ticks, low)
    assert (order_of(message_id) <= order_of(place)) == (ticks < 10)
    assert Cursor.decode(Cursor(place).encode(), field="before") == Cursor(place)


@given(st.uuids(), st.uuids())
def test_a_conversation_has_one_id_from_both_sides(one, other):
    assert conversation_id_of(one, other) == conversation_id_of(other, one)
    assert conversation_id_of(one, other).version == 5


def test_a_conversations_id_never_changes():
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert str(conversation_id_of(one, other)) == "c3484231-b9f0-543e-b650-d9a04cfd8be3"


@given(st.integers(0, 2**60 - 1 - 0x01B21DD213814000), st.integers(0, 2**64 - 1))
def test_a_cursor_survives_its_text(ticks, low):
    cursor = Cursor(id_at(ticks, low))
    assert Cursor.decode(cursor.encode(), field="before") == cursor
    assert len(cursor.encode()) == 22


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "null",
        "é" * 22,
        "A" * 22,  # the nil UUID
        "A" * 23,
        Cursor(id_at(NOON)).encode() + "=",
        Cursor(id_at(NOON)).encode() + "AA",
        Cursor(id_at(NOON)).encode()[:-1],
        Cursor(uuid.uuid4()).encode(),
        str(id_at(NOON)),
    ],
    ids=[
        *("empty", "letter", "null", "no ASCII", "nil UUID", "too long", "padded", "longer", "shorter"),
        *("random UUID", "UUID in hexadecimal"),
    ],
)
def test_what_is_no_cursor_is_refused_by_the_name_of_its_parameter(text):
    with pytest.raises(InvalidQuery) as refusal:
        Cursor.decode(text, field="before")
    assert [(error.field, error.code) for error in refusal.value.errors] == [("before", "invalid_cursor")]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_cursors(text):
    with suppress(InvalidQuery):
        assert Cursor.decode(text, field="before").encode() == text
