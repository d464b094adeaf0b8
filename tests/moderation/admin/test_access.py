"""Every address of the admin, by everybody: who is let in, who is refused, and who must sign in first."""

import re
import uuid

import pytest
from django.contrib import admin as django_admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern

from accounts.models import User
from chatsystem.audit.models import AuditEntry
from chatsystem.jobs.models import Job
from moderation.admin.cases import ACTIONS as CASE_ACTIONS
from moderation.admin.jobs import ACTIONS as JOB_ACTIONS
from moderation.admin.lookup import WAYS
from moderation.admin.redaction import PAGES as REDACTION
from moderation.models import Case
from moderation.roles import ROLES
from tests.admin import new_operator, sign_in
from tests.operators import entries

EVERYBODY = set(ROLES)
PEOPLE = EVERYBODY
AUDIT = {"auditor", "operator", "owner"}
JOBS = {"moderator", "auditor", "operator", "owner"}
CASES = {"moderator", "auditor", "owner"}
MODERATE = {"moderator", "owner"}
OPERATE = {"operator", "owner"}
HELP = {"support", "operator", "owner"}

# Who may look at what, by the page's name. What isn't here is refused to everybody.
ALLOWED = {
    "index": EVERYBODY,
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    "jsi18n": EVERYBODY,
    "health": EVERYBODY,
    "app_list of accounts": PEOPLE,
    "app_list of chatsystem": JOBS,
    "app_list of moderation": CASES,
    "service": OPERATE,
    "registration": OPERATE,
    "read-only": OPERATE,
    "notice": OPERATE,
    "limit": OPERATE,
    "accounts_user_changelist": PEOPLE,
    "accounts_user_change": PEOPLE,
    "accounts_user_add": {"owner"},
    "auth_user_password_change": {"owner"},
    "accounts_user_suspend": {"moderator", "owner"},
    "accounts_user_unsuspend": {"moderator", "owner"},
    "accounts_user_end-sessions": {"support", "moderator", "operator", "owner"},
    "accounts_user_reset-link": HELP,
    "accounts_user_clear-limits": HELP,
    "accounts_user_role": {"owner"},
    "chatsystem_auditentry_changelist": AUDIT,
    "chatsystem_auditentry_change": AUDIT,
    "chatsystem_auditentry_export": {"auditor", "owner"},
    "chatsystem_job_changelist": JOBS,
    "chatsystem_job_change": JOBS,
    "chatsystem_job_cancel": OPERATE,
    "chatsystem_job_retry": OPERATE,
    "moderation_case_changelist": CASES,
    "moderation_case_change": CASES,
    "moderation_case_evidence": MODERATE,
    "moderation_case_assign": MODERATE,
    "moderation_case_note": MODERATE,
    "moderation_case_decide": MODERATE,
    "moderation_case_reopen": MODERATE,
    "moderation_lookup_changelist": MODERATE,
    "moderation_lookup_person": MODERATE,
    "moderation_lookup_pair": MODERATE,
    "moderation_lookup_message": MODERATE,
    "moderation_lookup_around": MODERATE,
    "moderation_lookup_redact": MODERATE,
    "moderation_lookup_redact-range": MODERATE,
}
# These answer without a page, or have nothing to show to a GET.
OTHERS = {"login", "logout", "autocomplete", None}


def addresses():
    """Yield name and pattern of every address of the site."""

    def walk(patterns, prefix):
        for pattern in patterns:
            address = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern) and pattern.name == "app_list":  # one pattern for some words
                for label in re.search(r"<app_label>([a-z|]+)", address)[1].split("|"):
                    yield f"app_list of {label}", f"{prefix}{label}/"
            elif isinstance(pattern, URLPattern):
                yield pattern.name, address
            else:
                yield from walk(pattern.url_patterns, address)

    yield from walk(django_admin.site.get_urls(), "/admin/")


@pytest.fixture
def things(alice, db):
    """What stands for each part of an address."""
    job = Job.objects.create(kind="jobs.forget", created_by_kind="service", created_by_name="service")
    new_operator("support")  # makes an entry
    number = AuditEntry.objects.order_by("number").last().number
    case = Case.objects.create(about="person", person_id=alice.pk, person=alice.username)
    return {"user": alice.pk, "auditentry": number, "job": job.pk, "case": case.pk, "lookup": case.pk}


def fill(address, things):
    """Return an address with something real in its place."""
    kind = next((name for name in things if f"/{name}/" in address), "user")
    address = address.replace("<str:policy>", "send")
    return re.sub(r"<(?:path:object_id|id)>", str(things[kind]), address)


def test_every_address_is_told_of_here():
    names = {name for name, _ in addresses()} - OTHERS
    closed = {name for name in names if name not in ALLOWED}
    assert set(ALLOWED) <= names
    # Of tables that can only be read there are addresses of Django's that refuse everybody.
    tables = ("chatsystem_job", "chatsystem_auditentry", "moderation_case", "moderation_lookup")
    assert closed == {
        *("accounts_user_delete", "accounts_user_history", "moderation_lookup_change"),
        *(f"{table}_{what}" for table in tables for what in ("add", "delete", "history")),
    }


def test_each_role_gets_to_see_what_it_may_and_nothing_else(browsers, things, monkeypatch):
    monkeypatch.setattr("moderation.services.health.BUDGET", 0.05)
    before = entries()
    for name, pattern in addresses():
        if name in OTHERS:
            continue
        address = fill(pattern, things)
        answers = {role: browser.get(address).status_code for role, browser in browsers.items()}
        allowed = ALLOWED.get(name, set())
        assert {role for role, status in answers.items() if status == 200} == allowed, address
        assert {status for role, status in answers.items() if role not in allowed} <= {403, 404}, address
    assert entries() == before  # looking at a form does nothing


def test_what_a_role_may_not_do_is_refused_also_when_it_is_sent(browsers, things, alice):
    before = entries()
    sent = {"reason": "x", "is_on": "on", "is_open": "closed", "text": "x", "level": "info", "quota": "121",
            "change": "give", "role": "owner", "form": "csv", "username": "x", "is_active": "",
            "words": "x", "assignee": "", "decision": "suspend", "person": alice.username, "peer": alice.username,
            "message_id": str(uuid.uuid1()), "each_side": "5", "counted": "1"}  # fmt: skip
    for name, pattern in addresses():
        if name in OTHERS or name not in ALLOWED or ALLOWED[name] == EVERYBODY:
            continue
        for role in EVERYBODY - ALLOWED[name]:
            refusal = 404 if name.startswith("app_list") else 403  # of an app of which they may see nothing
            assert browsers[role].post(fill(pattern, things), sent).status_code == refusal, (name, role)
    # Whoever may see a person may not change them by that page.
    for role in EVERYBODY - {"owner"}:
        assert browsers[role].post(f"/admin/accounts/user/{alice.pk}/change/", sent).status_code == 403
    assert entries() == before
    alice.refresh_from_db()
    assert (alice.is_active, alice.is_suspended) == (True, False)
    case = Case.objects.get(pk=things["case"])
    assert (case.state, case.notes.count(), Job.objects.exclude(pk=things["job"]).count()) == ("open", 0, 0)


@pytest.mark.parametrize("somebody", ["stranger", "person"])
def test_whoever_is_no_operator_must_sign_in_everywhere(things, alice, somebody):
    browser = Client() if somebody == "stranger" else sign_in(alice)
    for name, pattern in addresses():
        if name not in ALLOWED:
            continue
        address = fill(pattern, things)
        for answer in (browser.get(address), browser.post(address, {"is_on": "on"})):
            assert answer.status_code == 302, address
            assert answer["Location"] == f"/admin/login/?next={address}"
        answer = browser.post(address, {"reason": "Mine."})  # who was signed out while they typed
        assert (answer.status_code, answer.context["typed"]) == (403, [("Reason", "Mine.")]), address
        assert f'href="/admin/login/?next={address}"' in answer.text
        assert str(things["user"]) not in answer.text.replace(address, "")


def test_somebody_who_is_not_there_is_a_404(admin):
    for path in (
        f"accounts/user/{uuid.uuid4()}/suspend/",
        "accounts/user/nonsense/suspend/",
        "chatsystem/job/9223372036854775807/change/",
        "chatsystem/job/99999999999999999999/cancel/",
        "chatsystem/job/x/change/",
        "chatsystem/auditentry/0/change/",
        "moderation/case/0/change/",
        "moderation/case/x/evidence/",
        "moderation/case/99999999999999999999/decide/",
        "moderation/lookup/1/change/",
        "moderation/lookup/message/?case=x",
        "chatsystem/auditentry/\u0661/change/",
        "service/limits/nope/",
        f"r/{ContentType.objects.get_for_model(User).pk}/x/",
    ):
        assert admin.get(f"/admin/{path}").status_code == 404, path


def test_each_way_in_the_bar_leads_to_a_page_that_the_role_may_see(browsers, monkeypatch):
    monkeypatch.setattr("moderation.services.health.BUDGET", 0.05)
    for role, browser in browsers.items():
        page = browser.get("/admin/")
        for way in page.context["ways"]:
            assert browser.get(way.url).status_code == 200, (role, way)
        for _, _, url in page.context["figures"]:
            assert not url or browser.get(url).status_code == 200, (role, url)


INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def test_no_page_has_a_script_or_an_inline_style_and_every_field_has_a_label(admin, things, monkeypatch):
    monkeypatch.setattr("moderation.services.health.BUDGET", 0.05)
    pages = [fill(pattern, things) for name, pattern in addresses() if name in set(ALLOWED) - {"jsi18n"}]
    pages += ["/admin/login/"]
    for address in pages:
        browser = Client() if address == "/admin/login/" else admin
        text = browser.get(address).text
        assert "<script" not in text, address
        assert not INLINE.search(text), address
        assert '<link rel="stylesheet" href="/static/chat/admin.css">' in text
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", text)
        labelled = set(re.findall(r'<label[^>]*for="([^"]+)"', text))
        for field in fields:
            if 'type="hidden"' in field or 'type="submit"' in field:
                continue
            assert re.search(r'\bid="([^"]+)"', field).group(1) in labelled, (address, field)


def test_all_actions_are_known_here():
    assert {f"chatsystem_job_{name}" for name in JOB_ACTIONS} <= set(ALLOWED)
    assert {f"moderation_case_{name}" for name in CASE_ACTIONS} <= set(ALLOWED)
    assert {f"moderation_lookup_{name}" for name in (*WAYS, *REDACTION)} <= set(ALLOWED)
