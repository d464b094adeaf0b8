"""Sync tokens: values that come back as they went out, or not at all."""

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsystem.errors import InvalidQuery
from messaging import ids
from messaging.services.sync_token import REMEMBERED, SyncToken, etag_of

OWNER = uuid.uuid4()


def token(handed=0):
    return SyncToken(ids.new_id(), frozenset(ids.new_id() for _ in range(handed)))


@pytest.mark.parametrize("handed", [0, 1, REMEMBERED])
def test_a_token_comes_back_as_it_went_out_and_fits_into_a_url(handed):
    sent = token(handed)
    text = sent.encode(OWNER)
    assert SyncToken.decode(text, OWNER) == sent
    assert len(text) <= 34 + 2_134
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def refuse(text, owner=OWNER):
    with pytest.raises(InvalidQuery) as refusal:
        SyncToken.decode(text, owner)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("since", "invalid_sync_token")]


@pytest.mark.parametrize("text", ["", "x", "none", "é" * 34, "A" * 34, "=" * 34, "!" * 34, "A" * 10_000])
def test_what_is_no_token_is_refused(text):
    refuse(text)


def test_a_token_that_was_cut_or_changed_anywhere_is_refused():
    text = token(2).encode(OWNER)
    for place in range(len(text)):
        refuse(text[:place])
        refuse(text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :])
    refuse(text + "A")
    refuse(text + "=")


def test_somebody_elses_token_is_refused():
    refuse(token().encode(uuid.uuid4()))


def test_a_token_that_remembers_too_much_or_holds_no_times_is_refused():
    refuse(token(REMEMBERED + 1).encode(OWNER))
    refuse(SyncToken(uuid.uuid4()).encode(OWNER))
    refuse(SyncToken(ids.new_id(), frozenset([uuid.UUID(int=0)])).encode(OWNER))


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(body):
    refuse(base64.urlsafe_b64encode(body).decode().rstrip("="))
    refuse(base64.urlsafe_b64encode(b"\x01" + body).decode().rstrip("="))


def test_the_etag_is_short_and_another_one_for_each_token_and_owner():
    one = token(REMEMBERED)
    texts = [one.encode(OWNER), one.encode(uuid.uuid4()), token().encode(OWNER)]
    assert len(etag_of(texts[0])) == 24
    assert len(set(map(etag_of, texts))) == 3
