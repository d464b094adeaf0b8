"""People in the admin."""

from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.admin import new_operator, sign_in
from tests.factories import PASSWORD, access_token, new_name
from tests.operators import entries, told

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def operator(db):
    return new_operator()


@pytest.fixture
def admin(operator):
    """A browser of the operator."""
    return sign_in(operator)


def listed(response):
    """Who is listed, in order."""
    assert response.status_code == 200
    return [row.cells[0] for row in response.context["table"].rows]


def names(response):
    return set(listed(response))


@pytest.fixture
def django_capture_queries(db):
    return CaptureQueriesContext(connection)


def test_an_operator_signs_in_with_name_and_password_whatever_the_case(operator, client):
    credentials = {"username": operator.username.upper(), "password": PASSWORD, "next": "/admin/"}
    response = client.post("/admin/login/", credentials)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert "People" in client.get("/admin/").content.decode()


def test_a_wrong_password_does_not_sign_in(operator, client):
    response = client.post("/admin/login/", {"username": operator.username, "password": "wrong"})
    assert response.status_code == 200
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_person_who_is_no_operator_gets_in_nowhere(alice, operator, client, signed_in):
    if signed_in:
        client.force_login(alice)
        assert client.post("/admin/login/", {"username": alice.username, "password": PASSWORD}).status_code == 200
    for path in ("", "accounts/user/", "accounts/user/add/", f"accounts/user/{operator.pk}/change/", "jsi18n/"):
        response = client.get(f"/admin/{path}")
        assert response.status_code == 302
        assert response["Location"] == f"/admin/login/?next=/admin/{path}"
    response = client.post(f"{PEOPLE}add/", {"username": new_name(), "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 302
    assert User.objects.count() == 2


def test_an_operator_who_was_made_inactive_is_out_at_once(admin, operator):
    assert admin.get(PEOPLE).status_code == 200
    operator.is_active = False
    operator.save()
    assert admin.get(PEOPLE).status_code == 302


@pytest.mark.sql
def test_people_are_listed_newest_first(admin, operator, alice, bob):
    response = admin.get(PEOPLE)
    assert names(response) == {operator.username, alice.username, bob.username}
    assert listed(response)[0] == bob.username


@pytest.mark.sql
def test_people_are_found_by_the_beginning_of_a_name_in_any_case(admin, new_person):
    for name in ("Amelia", "Amy Lee", "Bea", "Straße"):
        new_person(name)
    for term, found in (
        ("AM", {"Amelia", "Amy Lee"}),
        ("amy lee", {"Amy Lee"}),
        ("\uff41\uff4d\uff59", {"Amy Lee"}),
        ("STRASSE", {"Straße"}),
        (" bea ", {"Bea"}),
        ("lee", set()),
        ("%", set()),
        ("'", set()),
    ):
        assert names(admin.get(PEOPLE, {"q": term})) == found


@pytest.mark.sql
def test_people_are_found_by_id(admin, alice, bob):
    for term in (str(alice.pk), str(alice.pk).upper(), alice.pk.hex, f" {alice.pk} "):
        assert names(admin.get(PEOPLE, {"q": term})) == {alice.username}
    assert names(admin.get(PEOPLE, {"q": str(alice.pk)[:8]})) == set()


def test_a_page_of_people_costs_one_query_beside_the_cookies_and_counts_nobody(admin, django_capture_queries):
    User.objects.bulk_create(User(username=name, username_key=name) for name in (new_name() for _ in range(100)))
    admin.get(PEOPLE)
    with django_capture_queries as queries:
        assert len(names(admin.get(PEOPLE))) == 50
    assert len(queries) == 2
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"]]


@pytest.mark.sql
def test_all_people_are_listed_once_page_by_page_also_those_who_joined_at_one_moment(admin, operator):
    now = timezone.now()
    made = [new_name() for _ in range(120)]
    User.objects.bulk_create(User(username=name, username_key=name, date_joined=now) for name in made)
    seen, query = [], ""
    for _ in range(4):
        response = admin.get(f"{PEOPLE}?{query}")
        seen += listed(response)
        query = response.context["older"]
        if not query:
            break
    assert sorted(seen) == sorted([*made, operator.username])


@pytest.mark.sql
def test_people_are_found_by_a_whole_confirmed_address(admin, alice, bob):
    User.objects.filter(pk=alice.pk).update(email="Amy@example.org", email_key="amy@example.org")
    assert names(admin.get(PEOPLE, {"q": " AMY@example.org "})) == {alice.username}
    assert names(admin.get(PEOPLE, {"q": "amy@"})) == set()


@pytest.mark.sql
@pytest.mark.parametrize("term", ["%", "\u202e", "x" * 500, "' OR 1=1 --"])
def test_a_term_that_nobody_can_have_finds_nobody(admin, term):
    assert names(admin.get(PEOPLE, {"q": term})) == set()


@pytest.mark.sql
def test_people_are_listed_by_how_they_are(admin, operator, alice, bob, new_person):
    over = new_person()
    User.objects.filter(pk=alice.pk).update(suspended_at=timezone.now())
    User.objects.filter(pk=over.pk).update(suspended_at=timezone.now(), suspended_until=timezone.now())
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for status, found in (
        ("suspended", {alice.username}),
        ("inactive", {bob.username}),
        ("operators", {operator.username}),
    ):
        assert names(admin.get(PEOPLE, {"status": status})) == found


def test_a_page_that_began_with_somebody_who_is_gone_is_a_clear_refusal(admin, alice):
    gone = alice.pk
    alice.delete()
    response = admin.get(PEOPLE, {"before": gone})
    assert response.status_code == 400
    assert "This page began with somebody who is gone." in response.text


@pytest.mark.sql
@pytest.mark.parametrize("query", [{"before": "nonsense"}, {"status": "nonsense"}, {"q": "\0"}], ids=str)
def test_what_cannot_be_asked_for_is_refused_and_does_not_stand_for_everybody(admin, query):
    response = admin.get(PEOPLE, query)
    assert response.status_code == 400
    (field,) = query
    assert f"{field}: " in response.text


def add(admin, username, password=PASSWORD):
    return admin.post(
        f"{PEOPLE}add/",
        {"username": username, "usable_password": "true", "password1": password, "password2": password},
    )


@pytest.mark.sql
def test_an_operator_adds_a_person_who_can_then_log_in(admin, operator, client):
    username = new_name()
    assert admin.get(f"{PEOPLE}add/").status_code == 200
    response = add(admin, username)
    person = User.objects.get(username=username)
    assert response.status_code == 302
    assert response["Location"] == f"{PEOPLE}{person.pk}/change/"
    assert (person.is_staff, person.is_superuser) == (False, False)
    body = {"username": username, "password": PASSWORD}
    assert client.post("/api/v1/auth/login", body, content_type="application/json").status_code == 200
    assert [(entry.user, entry.object_id) for entry in LogEntry.objects.all()] == [(operator, str(person.pk))]


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("AMY", "Somebody has this name, in this or another case."),
        ("\uff41\uff4d\uff59", "Somebody has this name, in this or another case."),
        ("a\u200bmy", "A username can't have control characters or others that don't show."),
        ("\ufdfa", "A username has 16 characters at most."),
        ("\u0430my", "A username can't mix letters of different scripts, such as Latin and Cyrillic."),
    ],
)
def test_a_name_that_cannot_be_given_is_an_error_beside_the_field_and_nothing_is_stored(
    admin, new_person, written, error
):
    new_person("Amy")
    response = add(admin, written)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {"username": [error]}
    assert error in unescape(response.content.decode())
    assert User.objects.count() == 2


def test_an_empty_name_is_an_error_beside_the_field_and_nothing_is_stored(admin):
    for written in ("", " "):
        response = add(admin, written)
        assert response.status_code == 200
        assert "username" in response.context["adminform"].form.errors
    assert User.objects.count() == 1


def test_a_password_that_cannot_be_is_an_error_beside_the_field_and_nothing_is_stored(admin):
    response = add(admin, new_name(), "password")
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["password2"] == ["This password is too common."]
    assert User.objects.count() == 1


def change(admin, person, **fields):
    return admin.post(f"{PEOPLE}{person.pk}/change/", {"username": person.username, "is_active": "on", **fields})


def test_a_person_is_renamed_and_the_new_name_is_matched_without_case(admin, alice):
    assert admin.get(f"{PEOPLE}{alice.pk}/change/").status_code == 200
    username = new_name()
    assert change(admin, alice, username=username.upper()).status_code == 302
    alice.refresh_from_db()
    assert (alice.username, alice.username_key) == (username.upper(), username)


def test_a_name_that_could_not_be_given_any_more_is_kept_by_who_has_it(admin, new_person):
    person = new_person("\u0430my")  # a Cyrillic a
    assert change(admin, person, is_active="").status_code == 302
    person.refresh_from_db()
    assert (person.username, person.is_active) == ("\u0430my", False)


@pytest.mark.sql
def test_a_person_may_keep_the_name_in_another_case_but_not_take_anothers(admin, alice, bob):
    assert change(admin, alice, username=alice.username.upper()).status_code == 302
    response = change(admin, bob, username=alice.username)
    assert response.status_code == 200
    assert "username" in response.context["adminform"].form.errors
    bob.refresh_from_db()
    assert bob.username_key != alice.username_key


def test_an_operator_closes_an_account_and_sets_a_new_password(admin, alice):
    page = f"{PEOPLE}{alice.pk}/password/"
    assert admin.get(page).status_code == 200
    new = {"password1": "another password", "password2": "another password", "usable_password": "true"}
    assert admin.post(page, new).status_code == 302
    assert admin.post(f"{PEOPLE}{alice.pk}/change/", {"username": alice.username}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("another password")
    assert not alice.is_active


@pytest.fixture
def browsers(operator):
    """Two browsers in which the operator has signed in."""
    made = Client(), Client()
    for browser in made:
        browser.post("/admin/login/", {"username": operator.username, "password": PASSWORD})
    return made


def change_own(browser, old, new):
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    return browser.post("/admin/password_change/", fields)


@pytest.mark.sql
def test_operators_change_their_own_password_and_only_this_browser_stays_signed_in(browsers, operator):
    here, there = browsers
    assert here.get("/admin/password_change/").status_code == 200
    response = change_own(here, PASSWORD, "another password")
    assert (response.status_code, response["Location"]) == (302, "/admin/password_change/done/")
    assert here.get("/admin/password_change/done/").status_code == 200
    assert there.get("/admin/").status_code == 302
    operator.refresh_from_db()
    assert operator.check_password("another password")


def test_a_wrong_old_password_is_an_error_beside_the_field_and_nothing_changes(browsers, operator):
    here, there = browsers
    response = change_own(here, "wrong", "another password")
    assert response.status_code == 200
    assert response.context["form"].errors == {"old_password": ["This is not your current password."]}
    response = change_own(here, PASSWORD, "password")
    assert response.context["form"].errors == {"new_password2": ["This password is too common."]}
    assert there.get("/admin/").status_code == 200
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_an_old_password_that_is_wrong_too_often_is_a_page_that_says_how_long_to_wait(browsers, operator, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 60)}
    here, _ = browsers
    for _ in range(2):
        assert change_own(here, "wrong", "another password").status_code == 200
    response = change_own(here, PASSWORD, "another password")
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "Try again in 60 seconds." in response.content.decode()
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_a_password_that_an_operator_sets_or_takes_away_ends_the_persons_sessions(admin, alice):
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    client = Client()
    assert client.get("/api/v1/auth/sessions", headers=token).status_code == 200
    assert (
        admin.post(f"{PEOPLE}{alice.pk}/password/", {"usable_password": "false", "unset-password": "1"}).status_code
        == 302
    )
    assert client.get("/api/v1/auth/sessions", headers=token).status_code == 401
    alice.refresh_from_db()
    assert not alice.has_usable_password()
    assert admin.get(PEOPLE).status_code == 200  # the operator stays
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    new = {"password1": "another password", "password2": "another password"}
    assert admin.post(f"{PEOPLE}{alice.pk}/password/", new).status_code == 302
    assert client.get("/api/v1/auth/sessions", headers=token).status_code == 401
    alice.refresh_from_db()
    assert alice.check_password("another password")


def test_ones_own_password_is_not_set_without_the_old_one(admin, operator):
    new = {"password1": "another password", "password2": "another password", "usable_password": "true"}
    for key in (operator.pk, operator.pk.hex):
        response = admin.post(f"{PEOPLE}{key}/password/", new)
        assert (response.status_code, response["Location"]) == (302, "/admin/password_change/")
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_a_confirmed_address_is_shown_and_not_changed_here(admin, alice):
    User.objects.filter(pk=alice.pk).update(email="amy@example.org", email_key="amy@example.org")
    assert "amy@example.org" in admin.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
    assert change(admin, alice, email="bob@example.org").status_code == 302
    alice.refresh_from_db()
    assert (alice.email, alice.email_key) == ("amy@example.org", "amy@example.org")


def test_nobody_is_deleted_here_since_what_they_wrote_would_stay(admin, alice):
    assert admin.get(f"{PEOPLE}{alice.pk}/delete/").status_code == 403
    assert admin.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


def test_what_is_changed_by_hand_stands_in_the_audit_log_and_what_is_not_does_not(admin, operator, alice):
    before = entries()
    assert change(admin, alice).status_code == 302
    assert entries() == before
    username = new_name()
    assert change(admin, alice, username=username, is_active="").status_code == 302
    assert told() == {
        "actor": operator.username,
        "action": "person.changed",
        "target": username,
        "before": {"username": alice.username, "is_active": True},
        "after": {"username": username, "is_active": False, "ended_sessions": 0},
        "reason": "",
    }
    made = new_name()
    assert add(admin, made).status_code == 302
    assert (told()["action"], told()["target"]) == ("person.added", made)


@pytest.mark.sql
def test_why_something_is_done_by_hand_may_be_said(admin, alice):
    assert change(admin, alice, is_active="", reason=" Hijacked. ").status_code == 302
    assert (told()["action"], told()["reason"]) == ("person.changed", "Hijacked.")
    fields = {"password1": PASSWORD, "password2": PASSWORD, "reason": "A colleague."}
    assert admin.post(f"{PEOPLE}add/", {"username": new_name(), **fields}).status_code == 302
    assert (told()["action"], told()["reason"]) == ("person.added", "A colleague.")
    assert admin.post(f"{PEOPLE}{alice.pk}/password/", {**fields, "reason": "Asked by telephone."}).status_code == 302
    assert (told()["action"], told()["reason"]) == ("person.password_replaced", "Asked by telephone.")
    before = entries()
    response = change(admin, alice, is_active="on", reason="x" * 501)
    assert response.context["adminform"].form.errors == {"reason": ["A reason has 500 characters at most."]}
    assert entries() == before


def test_whoever_only_looks_at_a_person_is_not_asked_why(alice):
    page = sign_in(new_operator("support")).get(f"{PEOPLE}{alice.pk}/change/")
    assert [name for fieldset in page.context["adminform"] for name in fieldset.fields] == ["username", "is_active"]


def test_an_account_that_was_closed_and_opened_again_lets_no_session_from_before_in(admin, alice):
    browser = Client()
    browser.force_login(alice)
    assert browser.get("/").wsgi_request.user == alice
    assert change(admin, alice, is_active="").status_code == 302
    assert change(admin, alice).status_code == 302
    assert not browser.get("/").wsgi_request.user.is_authenticated


@pytest.mark.sql
def test_a_form_gives_nobody_more_rights(admin, alice):
    given = {"is_staff": "on", "is_superuser": "on", "groups": "1", "user_permissions": "1", "is_active": "on"}
    assert change(admin, alice, **given).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.groups.count()) == (False, False, 0)


@pytest.mark.sql
def test_saving_a_person_leaves_alone_what_another_operator_did_meanwhile(admin, alice, monkeypatch):
    clean = User.clean

    def suspended_meanwhile(self):
        User.objects.filter(pk=self.pk).update(suspension_reason="Spam.", suspended_at=timezone.now())
        clean(self)

    monkeypatch.setattr(User, "clean", suspended_meanwhile)
    assert change(admin, alice, username=new_name()).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_suspended, alice.suspension_reason) == (True, "Spam.")


def test_no_page_shows_a_hash(admin, alice):
    salt, digest = alice.password.split("$")[-2:]
    page = admin.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
    assert salt not in page
    assert digest not in page


def test_a_form_without_the_token_of_its_page_is_refused_and_nothing_is_stored(operator):
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(operator).cookies
    response = add(client, new_name())
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()
    assert User.objects.count() == 1
