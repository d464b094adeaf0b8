"""Cases: assigning, noting, reopening, listing."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from chatsystem.audit.types import Actor
from chatsystem.errors import (
    AnotherCaseOpen,
    CaseNotFound,
    CaseUndecided,
    Forbidden,
    InvalidPayload,
    InvalidQuery,
)
from moderation.models import Case
from moderation.services.cases import (
    add_note,
    assign,
    count_reports,
    decide,
    get_case,
    list_cases,
    list_moderators,
    reopen,
)
from moderation.services.lookup import look_up_case
from moderation.services.reports import list_reports
from tests.moderation.making import (
    MODERATOR,
    entries,
    last_number,
    report,
    report_of,
    spam,
)
from tests.moderation.services.deciding import OPEN, act, stored

pytestmark = pytest.mark.sql

# Assigning and noting


def test_an_assigned_case_has_somebody_who_looks_after_it(case, moderator):
    began = last_number()
    assign(case_id=case.pk, to=moderator, actor=MODERATOR, reason="yours")
    assert stored(case) == ("assigned", "", moderator.username, False)
    assign(case_id=case.pk, to=None, actor=MODERATOR)
    assert stored(case) == OPEN
    assert entries(began) == [
        ("case.assigned", "case", str(case.pk), {"state": "assigned", "assignee": moderator.username}, "yours"),
        ("case.assigned", "case", str(case.pk), {"state": "open", "assignee": None}, ""),
    ]


@pytest.mark.parametrize(
    "change", [{"is_staff": False}, {"is_active": False}, {"suspended_at": timezone.now()}], ids=" ".join
)
def test_only_who_may_decide_cases_is_given_one(case, moderator, alice, change):
    User.objects.filter(pk=moderator.pk).update(**change)
    for somebody in (User.objects.get(pk=moderator.pk), alice):
        with pytest.raises(InvalidPayload) as refusal:
            assign(case_id=case.pk, to=somebody, actor=MODERATOR)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("assignee", "not_a_moderator")]
    assert stored(case) == OPEN


def test_notes_are_kept_in_order_and_the_audit_log_does_not_quote_them(case):
    began = last_number()
    notes = [add_note(case_id=case.pk, words=words, actor=MODERATOR) for words in (" Asked Alice. ", "She is\nsorry.")]
    assert list(case.notes.values_list("author_id", "author", "words")) == [
        ("7", "mona", "Asked Alice."),
        ("7", "mona", "She is\nsorry."),
    ]
    assert entries(began) == [("case.noted", "case", str(case.pk), {"note": note.pk}, "") for note in notes]


@pytest.mark.parametrize(("words", "code"), [(" \n", "blank"), ("x" * 4_001, "too_long"), ("\0", "control_character")])
def test_a_note_that_cannot_be_is_refused(case, words, code):
    with pytest.raises(InvalidPayload) as refusal:
        add_note(case_id=case.pk, words=words, actor=MODERATOR)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("words", code)]
    assert not case.notes.exists()


def test_an_unknown_case_is_not_found(db):
    for ask in (
        lambda: get_case(case_id=0, actor=MODERATOR),
        lambda: decide(case_id=0, decision="nothing", actor=MODERATOR, reason="x"),
        lambda: assign(case_id=0, to=None, actor=MODERATOR),
        lambda: add_note(case_id=0, words="x", actor=MODERATOR),
        lambda: reopen(case_id=0, actor=MODERATOR, reason="x"),
    ):
        with pytest.raises(CaseNotFound):
            ask()


# One's own


@pytest.mark.parametrize("about", ["message", "person"])
def test_whoever_a_case_is_about_has_no_part_in_it(bob, moderator, about):
    report(bob, spam(moderator, bob))
    report_of(bob, moderator)
    case = Case.objects.get(about=about)
    me, began = Actor.of(moderator), last_number()

    def refuse(*deeds):
        for do in deeds:
            with pytest.raises(Forbidden, match="This case is about you"):
                do()

    refuse(
        lambda: get_case(case_id=case.pk, actor=me),
        lambda: look_up_case(case_id=case.pk, actor=me, reason="x"),
        lambda: assign(case_id=case.pk, to=None, actor=me),
        lambda: add_note(case_id=case.pk, words="x", actor=me),
        lambda: decide(case_id=case.pk, decision="nothing", actor=me, reason="x"),
        lambda: decide(case_id=case.pk, decision="nothing", actor=me, reason="x", dry_run=True),
    )
    with pytest.raises(InvalidPayload) as refusal:
        assign(case_id=case.pk, to=moderator, actor=MODERATOR)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("assignee", "own_case")]
    assert (stored(case), case.notes.count(), entries(began)) == (OPEN, 0, [])
    act(case, "suspend")
    refuse(lambda: reopen(case_id=case.pk, actor=me, reason="x"))
    assert stored(case) == ("resolved", "suspend", None, True)


def test_a_list_leaves_out_cases_about_whoever_asks(alice, bob, moderator):
    for person in (alice, moderator):
        report_of(bob, person)
    (of_alice,) = Case.objects.filter(person_id=alice.pk)
    assert list_cases(hidden_from=moderator).cases == [of_alice]
    assert list_cases(hidden_from=moderator, person_id=moderator.pk).cases == []
    assert len(list_cases(hidden_from=bob).cases) == 2


# Reopening


def test_a_case_that_is_reopened_is_decided_anew(bob, case, moderator):
    assign(case_id=case.pk, to=moderator, actor=MODERATOR)
    act(case, "nothing")
    began = last_number()
    reopen(case_id=case.pk, actor=MODERATOR, reason="the reporter is right")
    assert stored(case) == OPEN
    (told,) = list_reports(reporter=bob).reports
    assert (told.state, told.outcome, told.decided_at) == ("open", None, None)
    assert entries(began) == [("case.reopened", "case", str(case.pk), {"state": "open"}, "the reporter is right")]
    act(case, "redact")
    assert stored(case) == ("resolved", "redact", None, True)


def test_what_is_open_is_not_reopened(case):
    with pytest.raises(CaseUndecided):
        reopen(case_id=case.pk, actor=MODERATOR, reason="x")
    act(case, "nothing")
    with pytest.raises(InvalidPayload):
        reopen(case_id=case.pk, actor=MODERATOR, reason=" ")
    assert stored(case) == ("rejected", "nothing", None, True)


def test_a_person_has_one_open_case_at_most(alice, bob):
    report_of(bob, alice)
    old = Case.objects.get()
    act(old, "nothing")
    report_of(bob, alice)
    with pytest.raises(AnotherCaseOpen):
        reopen(case_id=old.pk, actor=MODERATOR, reason="x")
    assert stored(old) == ("rejected", "nothing", None, True)
    act(Case.objects.exclude(pk=old.pk).get(), "nothing")
    reopen(case_id=old.pk, actor=MODERATOR, reason="x")
    assert stored(old) == OPEN


# Listing


def test_cases_are_listed_newest_first_and_page_by_page(alice, bob, new_person, moderator):
    for _ in range(4):
        report_of(bob, new_person())
    report_of(bob, alice)
    cases = list(Case.objects.order_by("-pk"))
    page = list_cases(limit=2)
    assert (page.cases, page.older) == (cases[:2], cases[1].pk)
    page = list_cases(limit=2, before=page.older)
    assert page.cases == cases[2:4]
    page = list_cases(limit=2, before=page.older)
    assert (page.cases, page.older) == (cases[4:], None)
    assign(case_id=cases[3].pk, to=moderator, actor=MODERATOR)
    act(cases[4], "nothing")
    assert list_cases(states=["open"]).cases == cases[:3]
    assert list_cases(states=["assigned"]).cases == list_cases(assignee=moderator).cases == [cases[3]]
    assert list_cases(states=["rejected"]).cases == [cases[4]]
    assert list_cases(states=["open", "assigned"]).cases == cases[:4]
    assert list_cases(person_id=alice.pk).cases == [cases[0]]


def test_cases_are_found_by_the_category_of_any_of_their_reports(alice, bob, new_person):
    for reporter, category in ((bob, "spam"), (new_person(), "harassment"), (new_person(), "harassment")):
        report_of(reporter, alice, category=category)
    report_of(alice, bob, category="other")
    of_bob, of_alice = Case.objects.order_by("-pk")
    assert list_cases(category="spam").cases == list_cases(category="harassment").cases == [of_alice]
    assert list_cases(category="other").cases == [of_bob]
    assert list_cases(category="sexual").cases == []
    counts = count_reports(cases=[of_bob, of_alice])
    assert counts == {of_bob.pk: {"other": 1}, of_alice.pk: {"harassment": 2, "spam": 1}}
    assert list(counts[of_alice.pk]) == ["harassment", "spam"]


def test_cases_are_given_to_those_who_may_decide_them(alice, moderator, new_person):
    owner, left, suspended = new_person(), new_person(), new_person()
    for person in (owner, left, suspended):
        person.groups.add(Group.objects.get(name="owner"))
    User.objects.filter(pk__in=[owner.pk, left.pk, suspended.pk]).update(is_staff=True)
    User.objects.filter(pk=left.pk).update(is_active=False)
    User.objects.filter(pk=suspended.pk).update(suspended_at=timezone.now())
    assert {person.pk for person in list_moderators()} == {moderator.pk, owner.pk}


@pytest.mark.parametrize(
    "asked", [{"limit": 0}, {"limit": 101}, {"states": ["open", "new"]}, {"category": "new"}], ids=str
)
def test_a_list_that_cannot_be_is_refused(db, asked):
    with pytest.raises(InvalidQuery):
        list_cases(**asked)


def test_a_list_costs_one_query(alice, bob, moderator, django_assert_num_queries):
    report_of(bob, alice)
    assign(case_id=Case.objects.get().pk, to=moderator, actor=MODERATOR)
    with django_assert_num_queries(1):
        assert [case.assignee.username for case in list_cases().cases] == [moderator.username]
