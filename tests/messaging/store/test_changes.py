"""The log of changes, and what stands beside its lines."""

from messaging import ids
from messaging.services.altering import remove_message
from messaging.store import changes, writing
from messaging.types import bucket_of
from tests.messaging.making import DAY, message, now


def test_the_messages_of_changes_are_found_in_whichever_bucket_and_removed_ones_are_told_from_none(alice, bob):
    """A change whose message isn't there is waited for; one whose message was removed is not."""
    there, old, removed = (message(alice, bob, ticks=now() - days * DAY) for days in (0, 20, 40))
    for one in (there, old, removed):
        writing.append(one)
    remove_message(owner=bob, message_id=removed.id)
    asked = [there.id, old.id, removed.id, ids.new_id()]
    assert len({bucket_of(one) for one in asked[:3]}) == 3
    assert changes.find_messages(bob.pk, asked) == {there.id: there, old.id: old, removed.id: None}
