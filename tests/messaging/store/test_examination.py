"""Reads of an examination; what is made of them: tests/messaging/management/test_check_messages.py."""

import pytest

from messaging.store import examination, writing
from messaging.types import conversation_id_of
from tests.messaging.making import message


@pytest.mark.parametrize("at_once", [1, 2, 5, 6])
def test_all_conversations_are_read_once_however_many_one_request_brings(bob, new_person, monkeypatch, at_once):
    monkeypatch.setattr(examination, "CONVERSATIONS_AT_ONCE", at_once)
    peers = [new_person() for _ in range(5)]
    for peer in peers:
        writing.append(message(peer, bob))
    found = list(examination.read_conversations(bob.pk))
    assert sorted(one.id for one in found) == sorted(conversation_id_of(bob.pk, peer.pk) for peer in peers)
    assert {one.peer for one in found} == {peer.username for peer in peers}
