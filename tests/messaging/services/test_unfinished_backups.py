"""What a backup leaves behind. That a restore brings all of it back: tests/deploy."""

import gzip

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import OperationalError

from chatsystem.errors import StorageUnavailable
from messaging.services import backups

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(monkeypatch):
    """`messages(meanwhile)` has a backup find no message, and do something else while it looks for some."""

    def find(meanwhile=lambda: None):
        def write(path):
            gzip.open(path, "wt").close()
            meanwhile()
            return 0

        monkeypatch.setattr(backups, "_write_messages", write)

    return find


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize("error", [StorageUnavailable, KeyboardInterrupt])
def test_a_backup_that_fails_leaves_nothing(messages, tmp_path, error):
    def fail():
        assert names(tmp_path / "backups") == [".one.unfinished"]
        raise error

    messages(fail)
    with pytest.raises(error):
        backups.back_up(tmp_path / "backups" / "one")
    assert names(tmp_path / "backups") == []


def test_a_database_that_is_lost_while_it_is_read_is_told_as_that(messages, tmp_path, monkeypatch):
    def lose(*_, **__):
        raise OperationalError

    messages()
    monkeypatch.setattr(serializers, "serialize", lose)
    with pytest.raises(CommandError) as refusal:
        call_command("backup", str(tmp_path / "backups"))
    assert (refusal.value.returncode, str(refusal.value)) == (5, "A database can't be reached (OperationalError).")
    assert names(tmp_path / "backups") == []


def test_what_a_killed_backup_left_is_removed_by_the_next_and_what_another_one_writes_is_not(messages, tmp_path):
    (tmp_path / ".killed.unfinished").mkdir()
    (tmp_path / ".killed.unfinished" / "messages.jsonl.gz").touch()
    (tmp_path / "whole").mkdir()

    def another():
        assert names(tmp_path) == [".one.unfinished", "whole"]
        messages()
        backups.back_up(tmp_path / "two")

    messages(another)
    backups.back_up(tmp_path / "one")
    assert names(tmp_path) == ["one", "two", "whole"]
