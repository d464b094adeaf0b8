"""Which language and which clock a page has."""

from datetime import UTC, datetime
from http import HTTPStatus

import orjson
import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from chatsystem.errors import AccountSuspended, NotFound, RateLimited, TooManyBlocks
from chatsystem.pages import locale
from chatsystem.translatable import Translatable
from tests.factories import PASSWORD
from tests.forms import text_of


@pytest.fixture
def german():
    with translation.override("de"):
        yield


@pytest.mark.parametrize(
    ("asked", "language"),
    [("de", "de"), ("de-CH,de;q=0.9,en;q=0.5", "de"), ("fr,de;q=0.2", "de"), ("fr", "en"), ("", "en"), ("x;;", "en")],
)
def test_a_page_speaks_the_first_language_that_the_browser_asks_for_and_we_know(client, asked, language):
    response = client.get("/nothing", headers={"Accept-Language": asked})
    assert f'<html lang="{language}">' in text_of(response)
    assert response["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}


def test_pages_of_errors_speak_it_too(client):
    response = client.get("/nothing", headers={"Accept-Language": "de"})
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "Unter dieser Adresse gibt es nichts." in text_of(response)
    assert NotFound.message not in text_of(response)


def test_the_api_speaks_english_whatever_is_asked_for(client):
    response = client.get("/api/v1/nothing", headers={"Accept-Language": "de"})
    assert response.json()["detail"] == "There is nothing at this address."
    assert "Content-Language" not in response
    assert "Accept-Language" not in response.get("Vary", "")


def test_after_a_page_the_process_speaks_and_counts_as_before(client):
    client.cookies[locale.ZONE] = "Asia/Tokyo"
    client.get("/nothing", headers={"Accept-Language": "de"})
    assert translation.get_language() == "en"
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ("Europe/Zurich", "Europe/Zurich"),
        ("Europe%2FZurich", "Europe/Zurich"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("../../etc/passwd", ""),
        ("/etc/passwd", ""),
        ("localtime", ""),
        ("Mars/Olympus", ""),
        ("", ""),
    ],
)
def test_only_zones_that_there_are_are_believed(rf, told, zone):
    request = rf.get("/")
    request.COOKIES[locale.ZONE] = told
    assert locale.told_zone(request) == zone


def chosen(person):
    return User.objects.values_list("time_zone", flat=True).get(pk=person.pk)


def log_in(person, zone):
    browser = Client()
    browser.cookies[locale.ZONE] = zone
    answered = browser.post("/login", {"username": person.username, "password": PASSWORD})
    assert answered.status_code == HTTPStatus.SEE_OTHER
    return browser


def test_the_browsers_zone_becomes_the_persons_once_at_a_log_in(alice):
    log_in(alice, "Europe%2FZurich")
    assert chosen(alice) == "Europe/Zurich"
    log_in(alice, "Asia/Tokyo")
    assert chosen(alice) == "Europe/Zurich"


def test_a_zone_that_is_none_is_nobodys(alice):
    log_in(alice, "Mars/Olympus")
    assert chosen(alice) == ""


def test_a_language_and_a_zone_that_were_chosen_win_over_the_browsers(alice):
    browser = log_in(alice, "Asia/Tokyo")
    User.objects.filter(pk=alice.pk).update(language="de-ch")
    User.objects.get(pk=alice.pk).save()  # has Redis forget
    response = browser.get("/settings", headers={"Accept-Language": "en"})
    assert response["Content-Language"] == "de"
    assert '<html lang="de">' in text_of(response)


def test_a_language_that_pages_do_not_speak_leaves_the_browsers(alice):
    browser = log_in(alice, "")
    alice.language = "fr"
    alice.save()
    assert browser.get("/settings", headers={"Accept-Language": "de"})["Content-Language"] == "de"


def test_what_a_service_says_is_translated_and_numbers_are_grouped_as_the_language_does(german):
    assert TooManyBlocks().message == "You can block 1,000 people at most."
    assert locale.translated(TooManyBlocks().message) == "Du kannst höchstens 1.000 Personen blockieren."
    assert locale.translated(NotFound.message) == "Unter dieser Adresse gibt es nichts."
    assert locale.number(4_000) == "4.000"


def test_values_that_are_texts_of_ours_are_translated_and_those_of_others_are_not(german):
    error = RateLimited.of("messages sent", 7)
    assert error.message == "Too many messages sent. Try again in 7 s."
    assert locale.translated(error.message) == "Zu viele gesendete Nachrichten. Versuche es in 7 s noch einmal."
    error = AccountSuspended.until(datetime(2099, 12, 31, 23, 59, tzinfo=UTC), "Settings {0} %s")
    assert error.message == "This account is suspended until 2099-12-31 23:59 UTC. Settings {0} %s"
    assert locale.translated(error.message) == "Dieses Konto ist bis 2099-12-31 23:59 UTC gesperrt. Settings {0} %s"


@pytest.mark.parametrize(
    ("end", "reason", "text"),
    [
        (None, "", "This account is suspended."),
        (None, "Spam.", "This account is suspended. Spam."),
        (datetime(2099, 1, 2, 3, 4, tzinfo=UTC), "", "This account is suspended until 2099-01-02 03:04 UTC."),
    ],
)
def test_a_suspension_is_told_with_what_is_known_of_it(end, reason, text):
    assert AccountSuspended.until(end, reason).message == text


def test_in_english_it_stays_as_it_is_and_what_nobody_translated_too(german):
    text = Translatable("Nobody has translated {this}.", this=1_234)
    assert (str(text), locale.translated(text)) == ("Nobody has translated 1234.", "Nobody has translated 1234.")
    assert locale.translated("") == ""
    with translation.override("en"):
        assert locale.translated(TooManyBlocks().message) == TooManyBlocks().message


def test_json_shows_such_a_text_like_any_other():
    assert orjson.dumps([Translatable("{n:,} left", n=1_000)]) == b'["1,000 left"]'
