"""What is done about a case in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import User
from accounts.services.operators import suspend
from messaging.services.one_message import get_message
from moderation.models import Case
from moderation.services.cases import decide
from tests.admin import make_older, new_operator, sign_in
from tests.factories import PASSWORD
from tests.moderation.admin.case_pages import OPEN, page_of, stored, table
from tests.moderation.making import MODERATOR, report_of
from tests.operators import entries, told


def test_a_case_is_taken_given_away_and_opened_again(browser, moderator, case):
    other = new_operator("moderator")
    page = page_of(case, "assign")
    form = browser.get(page).context["form"]
    assert form.initial == {"assignee": moderator.pk}
    assert {text for _, text in form.fields["assignee"].choices} == {
        "nobody", f"{moderator.username} (me)", other.username,
    }  # fmt: skip
    for fields, expected in (
        ({"assignee": str(moderator.pk)}, ("assigned", "", moderator.username)),
        ({"assignee": str(other.pk), "reason": "You know them."}, ("assigned", "", other.username)),
        ({"assignee": ""}, OPEN),
    ):
        response = browser.post(page, fields)
        assert (response.status_code, response["Location"]) == (302, page_of(case))
        assert stored(case) == expected
    assert (told()["action"], told()["before"]["assignee"]) == ("case.assigned", other.username)


def test_a_case_is_given_to_nobody_who_cannot_decide_it(browser, alice, case):
    before = entries()
    for assignee in (new_operator("auditor").pk, alice.pk, "nonsense"):
        response = browser.post(page_of(case, "assign"), {"assignee": str(assignee)})
        assert list(response.context["form"].errors) == ["assignee"]
    assert stored(case) == OPEN
    assert entries() == before + 1  # the auditor's role


@pytest.mark.sql
def test_a_note_is_written_down(browser, moderator, case):
    page = page_of(case, "note")
    for words, message in ((" ", "required"), ("x" * 4_001, "4,000 characters")):
        assert message in browser.post(page, {"words": words}).context["form"].errors["words"][0]
    assert not case.notes.exists()
    assert browser.post(page, {"words": "Asked them."}).status_code == 302
    assert list(case.notes.values_list("author", "words")) == [(moderator.username, "Asked them.")]
    assert table(browser.get(page_of(case)), "Notes")[0][0] == moderator.username


def test_doing_nothing_rejects_the_case(browser, moderator, case):
    assert browser.post(page_of(case, "decide"), {"decision": "nothing", "reason": "No harm."}).status_code == 302
    assert stored(case) == ("rejected", "nothing", None)
    assert (told()["action"], told()["actor"], told()["reason"]) == ("case.decided", moderator.username, "No harm.")


def test_redacting_asks_for_the_password_first(browser, alice, bob, case, sent):
    make_older(browser, confirmed=601)
    fields = {"decision": "redact", "reason": "Spam."}
    before = entries()
    response = browser.post(page_of(case, "decide"), fields)
    assert response.context["title"] == "Confirm that it's you"
    assert set(fields.items()) <= set(response.context["sent"])
    assert (stored(case), entries()) == (OPEN, before)
    assert get_message(owner=bob, message_id=sent.id).content == sent.content
    assert browser.post(page_of(case, "decide"), {**fields, "current_password": PASSWORD}).status_code == 302
    assert stored(case) == ("resolved", "redact", None)
    assert get_message(owner=bob, message_id=sent.id).content == ""
    # What does nothing to anybody is decided without.
    report_of(bob, alice)
    other = Case.objects.get(about="person")
    make_older(browser, confirmed=601)
    assert browser.post(page_of(other, "decide"), {"decision": "nothing", "reason": "x"}).status_code == 302
    assert stored(other) == ("rejected", "nothing", None)


def test_suspending_until_a_time(browser, alice, case):
    until = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    fields = {"decision": "suspend", "until": f"{until:%Y-%m-%dT%H:%M}", "reason": "Spam."}
    assert browser.post(page_of(case, "decide"), fields).status_code == 302
    alice.refresh_from_db()
    assert (alice.suspended_until, alice.suspension_reason) == (until, "Spam.")
    assert stored(case) == ("resolved", "suspend", None)


def test_a_suspension_in_force_is_shown_where_one_decides_and_not_shortened(browser, alice, bob, case):
    assert browser.get(page_of(case, "decide")).context["facts"] == []
    suspend(person=alice, until=None, reason="<Threats>", actor=MODERATOR)
    expected = [("Suspended", "until somebody ends it"), ("Suspended because", "<Threats>")]
    response = browser.get(page_of(case, "decide"))
    assert response.context["facts"] == expected
    assert "&lt;Threats&gt;" in response.text
    assert browser.get(page_of(case)).context["facts"][-2:] == expected
    fields = {"decision": "suspend", "until": "2126-01-01T10:00", "reason": "Spam."}
    response = browser.post(page_of(case, "decide"), fields)
    assert response.context["form"].errors["until"] == [
        "This person is suspended until somebody ends it already. A decision doesn't shorten that; their own page does."
    ]
    assert (stored(case), User.objects.get(pk=alice.pk).suspended_until) == (OPEN, None)
    # Their own page does.
    assert browser.post(f"/admin/accounts/user/{alice.pk}/suspend/", fields).status_code == 302
    ((_, until), _) = browser.get(page_of(case, "decide")).context["facts"]
    assert until.startswith("until <time ")
    assert "2126-01-01 10:00" in until


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"decision": ""}, "decision"),
        ({"decision": "nope"}, "decision"),
        ({"until": "2020-01-01T10:00"}, "until"),
        ({"decision": "nothing", "until": "2099-01-01T10:00"}, "until"),
    ],
    ids=str,
)
def test_a_decision_that_cannot_be_is_told_beside_its_field_and_nothing_happens(browser, alice, case, fields, field):
    before = entries()
    response = browser.post(page_of(case, "decide"), {"decision": "suspend", "reason": "x", **fields})
    assert list(response.context["form"].errors) == [field]
    assert (stored(case), entries()) == (OPEN, before)
    assert not User.objects.get(pk=alice.pk).is_suspended


def test_a_decision_is_offered_only_to_whoever_may_do_what_it_does(alice, bob, case):
    def offered(person, about=case):
        return [
            value
            for value, _ in sign_in(person).get(page_of(about, "decide")).context["form"].fields["decision"].choices
        ]

    everything = ["nothing", "redact", "suspend"]
    helper = new_operator("support")
    helper.user_permissions.add(Permission.objects.get(codename="decide_cases"))
    assert (offered(new_operator("moderator")), offered(helper)) == (everything, ["nothing"])
    for decision in ("redact", "suspend"):
        response = sign_in(helper).post(page_of(case, "decide"), {"decision": decision, "reason": "x"})
        assert list(response.context["form"].errors) == ["decision"]
    assert stored(case) == OPEN
    # Of a person there is no message; nobody suspends who may do more than they, or who is gone.
    report_of(bob, alice)
    assert offered(new_operator("moderator"), Case.objects.get(about="person")) == ["nothing", "suspend"]
    boss = new_operator("owner")
    report_of(bob, boss)
    about = Case.objects.get(person_id=boss.pk)
    assert (offered(new_operator("moderator"), about), offered(new_operator("owner"), about)) == (
        ["nothing"], ["nothing", "suspend"],
    )  # fmt: skip
    response = sign_in(new_operator("moderator")).post(page_of(about, "decide"), {"decision": "suspend", "reason": "x"})
    assert list(response.context["form"].errors) == ["decision"]
    assert not User.objects.get(pk=boss.pk).is_suspended
    alice.delete()
    assert offered(new_operator("moderator")) == ["nothing", "redact"]


def test_what_was_decided_meanwhile_is_told_and_a_case_is_reopened(browser, case):
    decide(case_id=case.pk, decision="nothing", actor=MODERATOR, reason="x")
    before = entries()
    for name in ("decide", "assign"):
        response = browser.post(page_of(case, name), {"decision": "redact", "assignee": "", "reason": "x"})
        assert "This case is decided already." in response.text
    assert (stored(case), entries()) == (("rejected", "nothing", None), before)
    assert browser.post(page_of(case, "reopen"), {"reason": "The reporter is right."}).status_code == 302
    assert (stored(case), told()["action"], told()["reason"]) == (OPEN, "case.reopened", "The reporter is right.")
    assert "This case isn&#x27;t decided yet." in browser.post(page_of(case, "reopen"), {"reason": "x"}).text


def test_while_cassandra_is_away_nothing_is_decided_and_the_form_comes_back(browser, case, parts, hanging):
    fields = {"decision": "redact", "reason": "Spam, spam."}
    with hanging(parts.cassandra):
        response = browser.post(page_of(case, "decide"), fields)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Spam, spam." in response.text
    assert stored(case) == OPEN
