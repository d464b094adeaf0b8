"""The service in the admin: overview, health, switches, limits."""

import pytest

from accounts.models import Switches
from accounts.services import switches
from chatsystem.doctor.findings import failed, ok
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.quotas import rate_of
from messaging.activity import Activity
from moderation.services import health
from tests.admin import sign_in
from tests.operators import entries, told

SERVICE = "/admin/service/"


def test_the_overview_has_the_figures_each_a_way_to_what_it_counts(admin, monkeypatch):
    monkeypatch.setattr("moderation.services.figures.read_activity", lambda: Activity(3, 40, None))
    page = admin.get("/admin/")
    figures = {name: (number, url) for name, number, url in page.context["figures"]}
    assert figures["people"] == (1, "/admin/accounts/user/")
    assert figures["failed jobs"] == (0, "/admin/chatsystem/job/?state=failed")
    assert "<small>about</small> 40" in page.text
    assert "approximate" in page.text
    monkeypatch.setattr("moderation.services.figures.read_activity", lambda: None)
    assert "Redis is away" in admin.get("/admin/").text


def test_the_overview_costs_five_queries_at_most(admin, django_assert_max_num_queries):
    admin.get("/admin/")
    with django_assert_max_num_queries(5):
        admin.get("/admin/")


def test_the_health_page_shows_what_was_found_and_how_to_mend_it(admin, monkeypatch):
    monkeypatch.setattr(health, "_last", None)
    found = [("nodes", failed("10.0.0.7:9042 is down", "Start that node.")), ("sql", ok("can be written"))]
    monkeypatch.setattr(health.doctor, "examine", lambda **_: found)
    text = admin.get(f"{SERVICE}health/").text
    assert "10.0.0.7:9042 is down. Start that node." in text
    assert "can be written" in text


def test_the_admin_works_while_cassandra_is_dead(owner, alice, parts, dead):
    with dead(parts.cassandra):
        browser = sign_in(owner)
        for path in ("", "accounts/user/", f"accounts/user/{alice.pk}/change/", "service/", "chatsystem/job/"):
            assert browser.get(f"/admin/{path}").status_code == 200, path


def test_the_admin_works_in_the_read_only_mode_and_ends_it(admin, owner):
    assert admin.post(f"{SERVICE}read-only/", {"is_on": "on", "reason": "Moving."}).status_code == 302
    assert switches.current().read_only
    assert (told()["action"], told()["actor"], told()["reason"]) == ("service.read_only_set", owner.username, "Moving.")
    browser = sign_in(owner)
    assert "on" in dict(browser.get(SERVICE).context["facts"])["Read-only mode"]
    assert browser.get(f"{SERVICE}read-only/").context["form"].initial == {"is_on": "on"}
    assert browser.post(f"{SERVICE}read-only/", {"is_on": "off", "reason": "Moved."}).status_code == 302
    assert not switches.current().read_only


def test_registration_is_closed_and_opened(admin):
    admin.post(f"{SERVICE}registration/", {"is_open": "closed", "reason": "Too many."})
    assert not switches.are_registrations_open()
    page = admin.post(f"{SERVICE}registration/", {"is_open": "closed", "reason": "Too many."}, follow=True)
    assert "Registration is closed already, so nothing has changed." in page.text
    admin.post(f"{SERVICE}registration/", {"is_open": "open", "reason": "Calm again."})
    assert switches.are_registrations_open()


def test_a_notice_is_set_by_the_readers_clock_shown_in_the_admin_too_and_taken_away(admin):
    fields = {
        "text": "Back at noon.",
        "level": "warning",
        "since": "",
        "until": "2099-12-24T18:00",
        "reason": "Moving.",
    }
    assert admin.post(f"{SERVICE}notice/", fields).status_code == 302
    row = Switches.objects.get()
    assert row.notice_until.isoformat() == "2099-12-24T18:00:00+00:00"
    assert 'role="alert"><p>Back at noon.</p>' in admin.get("/admin/").text
    form = admin.get(f"{SERVICE}notice/").text
    assert 'value="2099-12-24T18:00"' in form
    assert admin.post(f"{SERVICE}notice/", {**fields, "text": ""}).status_code == 302
    assert "Back at noon." not in admin.get("/admin/").text


def test_a_notice_that_cannot_be_is_told_beside_its_field(admin):
    before = entries()
    fields = {"text": "x" * 301, "level": "info", "until": "2020-01-01T10:00", "reason": "x"}
    response = admin.post(f"{SERVICE}notice/", fields)
    assert list(response.context["form"].errors) == ["text"]
    response = admin.post(f"{SERVICE}notice/", {**fields, "text": "x"})
    assert list(response.context["form"].errors) == ["until"]
    assert entries() == before


def test_a_limit_is_changed_within_its_bounds_and_reset(admin, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "send": (20, 60)}
    page = f"{SERVICE}limits/send/"
    assert "It can be from 2 to 200; 20 is configured." in admin.get(page).text
    assert admin.post(page, {"quota": "30", "reason": "Spam."}).status_code == 302
    assert rate_of(policies.SEND) == (30, 60)
    (row,) = [row for row in admin.get(SERVICE).context["tables"][0].rows if row.cells[0] == "send"]
    assert row.cells[3:] == ("30 (changed)", "20", "2", "200")
    before = entries()
    response = admin.post(page, {"quota": "201", "reason": "Spam."})
    assert response.context["form"].errors == {"quota": ["This limit can be from 2 to 200; 20 is configured."]}
    assert (entries(), rate_of(policies.SEND)) == (before, (30, 60))
    assert admin.post(page, {"quota": "", "reason": "Calm."}).status_code == 302
    assert rate_of(policies.SEND) == (20, 60)


@pytest.mark.parametrize("name", ["registration", "read-only", "notice", "limits/send"])
def test_no_switch_is_moved_without_a_reason(admin, name):
    before = entries()
    sent = {"is_open": "closed", "is_on": "on", "text": "x", "level": "info", "quota": "121", "reason": ""}
    response = admin.post(f"{SERVICE}{name}/", sent)
    assert list(response.context["form"].errors) == ["reason"]
    assert entries() == before
