"""`manage.py backup`: what it refuses. That a restore brings all of it back: tests/deploy."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.django_db
def test_fewer_than_no_backups_can_not_be_kept(tmp_path):
    (tmp_path / "2001-01-01T000000Z").mkdir()
    (tmp_path / "2001-01-01T000000Z" / "about.json").write_text("{}")
    with pytest.raises(CommandError) as raised:
        call_command("backup", str(tmp_path), "--keep", "-1")
    assert raised.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["2001-01-01T000000Z"]
