"""`manage.py changepassword`, which isn't Django's here."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session
from accounts.services.login import log_in
from tests.factories import PASSWORD


@pytest.mark.sql
def test_nothing_is_changed_and_what_ends_the_sessions_too_is_named(alice):
    sessions = Session.objects.count()
    with pytest.raises(CommandError) as refusal:
        call_command("changepassword", alice.username)
    assert refusal.value.returncode == 2
    assert f"`manage.py person password {alice.username} --password-file - --reason ...`" in str(refusal.value)
    assert log_in(username=alice.username, password=PASSWORD) == alice
    assert Session.objects.count() == sessions
