"""People in the admin."""

from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD, new_name

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def operator(db):
    return User.objects.create_superuser(new_name(), PASSWORD)


@pytest.fixture
def admin(operator):
    """A browser of the operator."""
    client = Client()
    client.force_login(operator)
    return client


def names(response):
    """Who is listed."""
    assert response.status_code == 200
    return {person.username for person in response.context["cl"].result_list}


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


def test_people_are_listed_newest_first(admin, operator, alice, bob):
    response = admin.get(PEOPLE)
    assert names(response) == {operator.username, alice.username, bob.username}
    assert response.context["cl"].result_list[0] == bob


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


def test_people_are_found_by_id(admin, alice, bob):
    for term in (str(alice.pk), str(alice.pk).upper(), alice.pk.hex, f" {alice.pk} "):
        assert names(admin.get(PEOPLE, {"q": term})) == {alice.username}
    assert names(admin.get(PEOPLE, {"q": str(alice.pk)[:8]})) == set()


def test_a_page_of_people_needs_as_many_requests_for_100_as_for_2(admin, new_person, django_assert_max_num_queries):
    User.objects.bulk_create(User(username=name, username_key=name) for name in (new_name() for _ in range(100)))
    with django_assert_max_num_queries(6):
        assert len(names(admin.get(PEOPLE))) == 100


def add(admin, username, password=PASSWORD):
    return admin.post(
        f"{PEOPLE}add/",
        {"username": username, "usable_password": "true", "password1": password, "password2": password},
    )


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


def test_a_person_may_keep_the_name_in_another_case_but_not_take_anothers(admin, alice, bob):
    assert change(admin, alice, username=alice.username.upper()).status_code == 302
    response = change(admin, bob, username=alice.username)
    assert response.status_code == 200
    assert "username" in response.context["adminform"].form.errors
    bob.refresh_from_db()
    assert bob.username_key != alice.username_key


def test_an_operator_suspends_a_person_and_sets_a_new_password(admin, alice):
    page = f"{PEOPLE}{alice.pk}/password/"
    assert admin.get(page).status_code == 200
    new = {"password1": "another password", "password2": "another password", "usable_password": "true"}
    assert admin.post(page, new).status_code == 302
    assert admin.post(f"{PEOPLE}{alice.pk}/change/", {"username": alice.username}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("another password")
    assert not alice.is_active


def test_history_and_deletion_of_a_person_have_pages(admin, alice):
    assert admin.get(f"{PEOPLE}{alice.pk}/history/").status_code == 200
    assert admin.get(f"{PEOPLE}{alice.pk}/delete/").status_code == 200
    assert admin.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()


def test_no_page_shows_a_hash(admin, alice):
    salt, digest = alice.password.split("$")[-2:]
    page = admin.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
    assert salt not in page
    assert digest not in page


def test_a_form_without_the_token_of_its_page_is_refused_and_nothing_is_stored(operator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    response = add(client, new_name())
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()
    assert User.objects.count() == 1
