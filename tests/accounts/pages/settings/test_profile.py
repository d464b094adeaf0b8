"""The page of one's profile."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from accounts.pages.settings.zones import listed, place_of
from chatsystem.limits import MAX_DISPLAY_NAME_LENGTH
from chatsystem.pages.locale import ZONE
from chatsystem.time_zones import time_zones
from tests.accounts.pages.settings.looking import refused, saved
from tests.chatsystem.test_pages import shown
from tests.forms import text_of

PATH = "/settings"
SELECTED = re.compile(r'<option value="([^"]*)" selected>')
CHOSEN = {"display_name": "\u00c9lodie", "time_zone": "Europe/Zurich", "language": "en"}


def profile_of(person):
    return User.objects.values("display_name", "time_zone", "language").get(pk=person.pk)


def test_who_is_not_logged_in_is_asked_to_log_in_first(db):
    answered = Client().get(PATH)
    assert (answered.status_code, answered["Location"]) == (302, "/login?next=%2Fsettings")


def test_it_shows_what_was_chosen_and_who_one_is(browser, alice):
    User.objects.filter(pk=alice.pk).update(**CHOSEN, date_joined=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    response = browser.get(PATH)
    assert shown(response) == (200, "Profile")
    page = text_of(response)
    assert 'value="\u00c9lodie"' in page
    assert SELECTED.findall(page) == ["Europe/Zurich", "en"]
    assert f"<bdi>{alice.username}</bdi>" in page
    # By alice's clock once her zone is known to the session, which Redis still knows without.
    assert 'datetime="2026-01-31T23:30:00Z"' in page


def test_what_is_saved_is_there_and_a_notice_says_so(browser, alice):
    page = saved(browser, PATH, {**CHOSEN, "display_name": "  E\u0301lodie "})
    assert profile_of(alice) == CHOSEN
    assert page.count("Your profile is saved.") == 1
    assert "Your profile is saved." not in text_of(browser.get(PATH))


def test_all_of_it_can_be_cleared(browser, alice):
    User.objects.filter(pk=alice.pk).update(**CHOSEN)
    saved(browser, PATH, {"display_name": "", "time_zone": "", "language": ""})
    assert profile_of(alice) == {"display_name": "", "time_zone": "", "language": ""}


def test_the_notice_speaks_the_language_that_was_chosen(browser):
    page = saved(browser, PATH, {**CHOSEN, "language": "de"})
    assert "Dein Profil ist gespeichert." in page
    assert '<html lang="de">' in page
    page = saved(browser, PATH, {**CHOSEN, "language": ""})
    assert "Your profile is saved." in page


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("time_zone", "Mars/Olympus", "This is not the name of a time zone, as Europe/Zurich."),
        ("time_zone", '"><script>', "This is not the name of a time zone, as Europe/Zurich."),
        ("language", "x", "This is not the tag of a language, as de, de-CH or zh-Hant."),
        (
            "display_name",
            "x" * (MAX_DISPLAY_NAME_LENGTH + 1),
            f"A display name has {MAX_DISPLAY_NAME_LENGTH} characters at most.",
        ),
    ],
)
def test_what_cannot_be_is_an_error_beside_its_field_and_nothing_changes(browser, alice, field, value, error):
    assert refused(browser, PATH, {**CHOSEN, field: value}) == {field: [error]}
    assert profile_of(alice) == {"display_name": "", "time_zone": "", "language": ""}


def test_a_refused_form_keeps_what_was_typed_and_shows_it_as_text(browser):
    response = browser.post(PATH, {**CHOSEN, "time_zone": '"><script>'})
    assert b"&quot;&gt;&lt;script&gt;" in response.content
    assert b"<script>" not in response.content
    assert 'value="\u00c9lodie"' in text_of(response)


def test_the_browsers_zone_is_suggested_where_none_was_chosen(browser, alice):
    browser.cookies[ZONE] = "Asia/Tokyo"
    page = text_of(browser.get(PATH))
    assert SELECTED.findall(page) == ["Asia/Tokyo", ""]
    assert "Suggested by your browser: Asia/Tokyo. It counts once you save it." in page
    assert profile_of(alice)["time_zone"] == ""


def test_a_browser_in_another_zone_is_mentioned_and_the_choice_stands(browser, alice):
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Zurich")
    browser.cookies[ZONE] = "Asia/Tokyo"
    page = text_of(browser.get(PATH))
    assert SELECTED.findall(page) == ["Europe/Zurich", ""]
    assert "Your browser is in Asia/Tokyo." in page
    browser.cookies[ZONE] = "Europe/Zurich"
    assert "Your browser is in" not in text_of(browser.get(PATH))


@pytest.mark.parametrize("old", ["Asia/Calcutta", "US/Eastern", "CET"])
def test_a_zone_by_an_old_name_stays_chosen(browser, alice, old):
    User.objects.filter(pk=alice.pk).update(time_zone=old)
    page = text_of(browser.get(PATH))
    assert SELECTED.findall(page) == [old, ""]
    assert page.count(f'<option value="{old}"') == 1


def test_a_language_that_a_program_has_chosen_stays_chosen(browser, alice):
    User.objects.filter(pk=alice.pk).update(language="fr-ch")
    assert SELECTED.findall(text_of(browser.get(PATH))) == ["fr-ch"]


def test_every_zone_of_a_country_can_be_chosen_once_below_its_region(browser):
    page = text_of(browser.get(PATH))
    regions = re.findall(r'<optgroup label="(\w+)">', page)
    assert regions == sorted(regions)
    assert len(regions) == 10
    options = re.findall(r'<option value="([A-Z][^"]+)"', page)
    assert len(options) == len(set(options)) == len(listed())
    assert set(options) <= time_zones()
    assert '<option value="America/Argentina/Buenos_Aires">Buenos Aires, Argentina</option>' in page
    assert place_of("Europe/Zurich") == "Zurich"


def test_looking_costs_two_sql_requests_and_no_cql(browser, django_assert_num_queries, cql_requests):
    browser.get(PATH)
    with django_assert_num_queries(2):  # Django's session and the profile
        assert browser.get(PATH).status_code == 200
    assert cql_requests == []


def test_a_form_without_the_token_of_its_page_is_refused_and_nothing_changes(alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(PATH, CHOSEN).status_code == 403
    assert profile_of(alice)["time_zone"] == ""
