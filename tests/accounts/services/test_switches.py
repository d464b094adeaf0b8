"""What operators switch while the service runs."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Switches, User
from accounts.services import switches
from accounts.services.registration import register
from accounts.services.switches import (
    NOTHING_SWITCHED,
    Notice,
    check_writable,
    current,
    find_notice,
    last_notice,
    set_notice,
    set_read_only,
    set_registration,
)
from chatsystem.errors import InvalidPayload, ReadOnly, RegistrationClosed
from messaging.services.altering import delete_for_everyone, edit_message, redact_message, remove_message
from messaging.services.history import read_inbox
from messaging.services.sending import send_message, send_once
from tests.factories import PASSWORD, access_token, new_name
from tests.operators import OPERATOR, entries, told

pytestmark = [pytest.mark.django_db, pytest.mark.sql]
GIVEN = {"actor": OPERATOR, "reason": "A test."}


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


# What a process knows


def test_asking_costs_one_query_in_five_seconds(django_assert_num_queries, monkeypatch):
    switches.forget()
    with django_assert_num_queries(1):
        assert [current() for _ in range(100)] == [NOTHING_SWITCHED] * 100
    now = switches.time.monotonic()
    monkeypatch.setattr(switches.time, "monotonic", lambda: now + switches.FRESH - 0.5)
    with django_assert_num_queries(0):
        current()
    monkeypatch.setattr(switches.time, "monotonic", lambda: now + switches.FRESH + 0.5)
    with django_assert_num_queries(1):
        current()


def test_what_another_process_switched_is_known_after_that_and_what_this_one_did_at_once():
    switches.know(NOTHING_SWITCHED)
    Switches.objects.create(pk=switches.THE_ROW, read_only=True)
    assert not current().read_only
    switches.know(NOTHING_SWITCHED, seconds=0)
    assert current().read_only
    set_read_only(is_on=False, **GIVEN)
    assert not current().read_only


def test_while_sql_is_away_all_stays_as_it_was_and_sql_is_left_alone(monkeypatch):
    set_read_only(is_on=True, **GIVEN)
    assert current().read_only
    asked = []

    def fail(*_, **__):
        asked.append(1)
        raise OperationalError

    monkeypatch.setattr(Switches.objects, "filter", fail)
    switches.forget()
    assert [current().read_only for _ in range(10)] == [True] * 10
    assert len(asked) == 1


def test_what_was_taken_back_is_not_believed():
    with transaction.atomic():
        set_read_only(is_on=True, **GIVEN)
        transaction.set_rollback(True)
    switches.forget()
    assert not current().read_only


# Read-only


def test_in_the_read_only_mode_nothing_is_sent_changed_or_registered_and_reading_goes_on(alice, bob):
    message = send_message(sender=alice, recipient=bob.username, content="hello")
    assert set_read_only(is_on=True, **GIVEN)
    for refused in (
        lambda: send_message(sender=alice, recipient=bob.username, content="again"),
        lambda: send_once(sender=alice, recipient=bob.username, content="again", key="k"),
        lambda: edit_message(author=alice, message_id=message.id, content="changed"),
        lambda: delete_for_everyone(author=alice, message_id=message.id),
        lambda: remove_message(owner=bob, message_id=message.id),
        lambda: register(username=new_name(), password=PASSWORD),
    ):
        with pytest.raises(ReadOnly):
            refused()
    people = User.objects.count()
    assert [one.content for one in read_inbox(owner=bob).messages] == ["hello"]
    assert people == 2
    redact_message(message=message)  # operators go on
    assert set_read_only(is_on=False, **GIVEN)
    send_message(sender=alice, recipient=bob.username, content="again")


def test_a_program_is_told_so_by_503_and_when_to_come_again(alice, bob):
    client = Client(headers={"Authorization": f"Bearer {access_token(alice)}"})
    set_read_only(is_on=True, **GIVEN)
    body = {"recipient": bob.username, "content": "hello"}
    response = client.post("/api/v1/messages/send", body, content_type="application/json")
    assert (response.status_code, response["Retry-After"], response.json()["code"]) == (503, "60", "read_only")
    credentials = {"username": new_name(), "password": PASSWORD}
    response = client.post("/api/v1/auth/register", credentials, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (503, "read_only")
    assert not User.objects.filter(username=credentials["username"]).exists()


def test_logging_in_and_out_reading_and_sessions_go_on(alice):
    set_read_only(is_on=True, **GIVEN)
    credentials = {"username": alice.username, "password": PASSWORD}
    response = Client().post("/api/v1/auth/login", credentials, content_type="application/json")
    assert response.status_code == 200
    client = Client(headers={"Authorization": f"Bearer {response.json()['token']}"})
    for path in ("messages/", "conversations", "sync", "auth/sessions", "users/me"):
        assert client.get(f"/api/v1/{path}").status_code == 200, path
    assert client.post("/api/v1/auth/logout").status_code == 204


def test_it_is_recorded_with_before_and_after_and_only_where_something_changed():
    assert set_read_only(is_on=True, **GIVEN)
    assert told() == {
        "actor": "olga",
        "action": "service.read_only_set",
        "target": "",
        "before": {"on": False},
        "after": {"on": True},
        "reason": "A test.",
    }
    before = entries()
    assert not set_read_only(is_on=True, **GIVEN)
    assert entries() == before


# Registration


def test_registration_is_asked_exactly():
    assert set_registration(is_open=False, **GIVEN)
    switches.know(NOTHING_SWITCHED)  # as in another process
    with pytest.raises(RegistrationClosed):
        register(username=new_name(), password=PASSWORD)
    assert set_registration(is_open=True, **GIVEN)
    assert register(username=new_name(), password=PASSWORD)


# Notice


def test_a_notice_is_on_every_page_for_everybody_from_its_beginning_until_its_end(client):
    assert "Back at noon" not in client.get("/").text
    now = timezone.now()
    set_notice(text=" Back at noon <b>. ", level="warning", until=in_an_hour(), **GIVEN)
    for path in ("/", "/password/forgot", "/admin/login/", "/no/such/page"):
        assert 'role="alert"><p>Back at noon &lt;b&gt;.</p>' in client.get(path).text, path
    notice = Notice("x", since=now, until=now + timedelta(seconds=10))
    shown = [notice.is_shown(now + timedelta(seconds=seconds)) for seconds in (-1, 0, 9, 10)]
    assert shown == [False, True, True, False]


def test_a_notice_for_later_is_not_shown_yet():
    set_notice(text="Soon", since=in_an_hour(), **GIVEN)
    assert find_notice() is None


def test_a_notice_costs_a_page_no_query(client, django_assert_num_queries):
    set_notice(text="Back at noon.", **GIVEN)
    client.get("/")
    with django_assert_num_queries(0):
        assert "Back at noon." in client.get("/").text


def test_a_page_about_an_outage_says_what_was_heard_last_and_asks_nobody(client, django_assert_num_queries):
    set_notice(text="Back at noon.", **GIVEN)
    client.get("/")
    switches.forget()
    with django_assert_num_queries(0):
        page = client.get("/no/such/page")
    assert page.status_code == 404
    assert "Back at noon." in page.text


def test_an_empty_text_takes_it_away_with_all_that_belongs_to_it():
    set_notice(text="Back at noon.", level="warning", until=in_an_hour(), **GIVEN)
    assert set_notice(text=" ", level="warning", **GIVEN)
    row = Switches.objects.get()
    assert (row.notice, row.notice_level, row.notice_from, row.notice_until) == ("", "info", None, None)
    assert told()["before"]["text"] == "Back at noon."
    assert told()["after"] == {"text": "", "level": "info", "from": None, "until": None}
    assert find_notice() is None
    assert last_notice() is None


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"text": "x" * 301}, "text", "too_long"),
        ({"text": "a\nb"}, "text", "unprintable"),
        ({"text": "a\u202eb"}, "text", "unprintable"),
        ({"level": "loud"}, "level", "invalid_choice"),
        pytest.param({"until": timezone.now() - timedelta(seconds=1)}, "until", "too_early", id="past"),
        pytest.param(
            {"since": timezone.now() + timedelta(days=2), "until": timezone.now() + timedelta(days=1)},
            "until",
            "too_early",
            id="before its beginning",
        ),
    ],
    ids=str,
)
def test_a_notice_that_cannot_be_is_refused_and_nothing_changes(changes, field, code):
    before = entries()
    with pytest.raises(InvalidPayload) as refused:
        set_notice(**{"text": "Hello.", **changes}, **GIVEN)
    (error,) = refused.value.errors
    assert (error.field, error.code) == (field, code)
    assert not Switches.objects.exists()
    assert entries() == before


def test_what_is_longest_is_taken():
    assert set_notice(text="x" * 300, **GIVEN)
    check_writable()
