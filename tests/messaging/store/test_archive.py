"""Rows as a backup takes them and as a restore writes them; whole keyspaces: tests/deploy."""

from dataclasses import replace

from messaging.services.altering import edit_message, remove_message
from messaging.services.history import read_inbox
from messaging.services.sending import send_message, send_once
from messaging.store import archive, conversations
from messaging.store.send_keys import find_claim
from tests.messaging.store.raw import changes_of

DAY = 24 * 60 * 60  # seconds: what a send key lives


def rows_of(*people):
    """All rows of some people's partitions, of each in a list."""
    rows = list(archive.read_rows())
    return [[row for row in rows if row.key[0] == person.pk] for person in people]


def given_to(person, rows):
    return [replace(row, key=(person.pk, *row.key[1:])) for row in rows]


def test_what_is_written_again_is_what_was_read(alice, bob, new_person):
    edited = send_message(sender=alice, recipient=bob.username, content="hello")
    edit_message(author=alice, message_id=edited.id, content="hello again")
    removed = send_message(sender=bob, recipient=alice.username, content="hello yourself")
    remove_message(owner=bob, message_id=removed.id)
    (rows,) = rows_of(bob)
    heir = new_person()
    assert archive.write_rows(given_to(heir, rows), age=0) == len(rows)
    assert [one.content for one in read_inbox(owner=heir).messages] == ["hello again"]
    assert read_inbox(owner=heir).messages == read_inbox(owner=bob).messages
    assert [replace(one, owner_id=bob.pk) for one in conversations.read_all(heir.pk)] == conversations.read_all(bob.pk)
    assert changes_of(heir) == changes_of(bob)
    # With their stamps: what is older changes nothing, however late it is written.
    edit_message(author=alice, message_id=edited.id, content="hello for the third time")
    archive.write_rows(rows, age=0)
    assert [one.content for one in read_inbox(owner=bob).messages] == ["hello for the third time"]


def test_what_goes_by_its_time_lives_no_longer_for_having_been_in_a_backup(alice, bob, new_person):
    send_once(sender=alice, recipient=bob.username, content="hello", key="one")
    (rows,) = rows_of(alice)
    soon, late = new_person(), new_person()
    archive.write_rows(given_to(soon, rows), age=DAY // 2)
    archive.write_rows(given_to(late, rows), age=DAY)
    assert find_claim(soon.pk, "one") == find_claim(alice.pk, "one")
    assert find_claim(late.pk, "one") is None
    ((restored,),) = ([row for row in rows if row.table == "send_keys"] for rows in rows_of(soon))
    assert {DAY // 2 - 600 < cell.life <= DAY // 2 for cell in restored.cells} == {True}
