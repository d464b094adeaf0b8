"""`make prove` can fail: whatever is lost, doubled or hidden is found, and told."""

from collections import Counter

import pytest

from tests.prove.__main__ import parse
from tests.prove.ledger import Finding, Ledger, Sent, View, unexpected_answers
from tests.prove.report import line, report
from tests.prove.trial import Attempt, Outcome, Trial
from tests.prove.trials import TRIALS

KEPT = [("1", "one"), ("2", "two"), ("3", "three")]


@pytest.fixture
def ledger():
    """Three messages that were acknowledged, one that was answered with 503, one whose answer was lost."""
    return Ledger(
        [
            *(Sent("alice", text, 201, message_id) for message_id, text in KEPT),
            Sent("alice", "refused", 503),
            Sent("alice", "unanswered"),
        ]
    )


def kinds(ledger, *shown):
    """The kinds of what is found where views show these."""
    return [finding.kind for finding in ledger.compare([View(f"view {n}", one) for n, one in enumerate(shown)])]


def test_all_that_was_acknowledged_once_everywhere_is_no_finding(ledger):
    assert kinds(ledger, KEPT, KEPT[::-1]) == []


def test_what_was_not_acknowledged_may_be_there_but_only_everywhere(ledger):
    late = ("4", "unanswered")
    assert kinds(ledger, [*KEPT, late], [*KEPT, late]) == []
    assert ledger.compare([View("history", [*KEPT, late]), View("news", KEPT)]) == [
        Finding("half there", "'unanswered' (None) is not in news")
    ]


def test_a_message_that_is_nowhere_is_lost(ledger):
    assert ledger.compare([View("history", KEPT[1:]), View("news", KEPT[1:])]) == [
        Finding("lost", "'one' (1) was acknowledged and is nowhere")
    ]
    assert kinds(ledger, [], []) == ["lost"] * 3


def test_a_message_that_is_somewhere_and_not_elsewhere_is_hidden(ledger):
    views = [View("history", KEPT), View("news", KEPT[:2]), View("conversation", KEPT[:2])]
    assert ledger.compare(views) == [Finding("hidden", "'three' (3) is not in news, conversation")]


def test_a_message_that_is_shown_twice_is_doubled_but_catching_up_may_tell_it_again(ledger):
    assert ledger.compare([View("history", [*KEPT, KEPT[0]])]) == [Finding("doubled", "history has 1 2 times")]
    assert ledger.compare([View("news", [*KEPT, KEPT[0]], may_repeat=True)]) == []


def test_a_message_that_is_there_under_two_ids_is_doubled(ledger):
    again = [*KEPT, ("9", "one")]
    assert ledger.compare([View("history", again), View("news", again, may_repeat=True)]) == [
        Finding("doubled", "'one' is there as 1, 9")
    ]
    assert kinds(ledger, [*KEPT, ("8", "refused"), ("9", "refused")]) == ["doubled"]


def test_a_message_with_another_text_or_of_nobody_or_of_somebody_else_is_found(ledger):
    assert kinds(ledger, [("1", "two"), *KEPT[1:]]) == ["altered"]
    assert kinds(ledger, [*KEPT, ("9", "never sent")]) == ["unknown"]
    ledger.sent.append(Sent("bob", "bob's", 201, "5"))
    of_alice = View("alice's history", [*KEPT, ("5", "bob's")], sender="alice")
    everyone = View("the recipient's history", [*KEPT, ("5", "bob's")])
    assert [finding.kind for finding in ledger.compare([of_alice, everyone])] == ["unknown"]


def test_a_total_that_differs_from_what_is_shown_is_found(ledger):
    assert ledger.compare([View("history", KEPT, total=3)]) == []
    assert ledger.compare([View("history", KEPT, total=4)]) == [
        Finding("total", "history shows 3 messages, and 4 are counted")
    ]


def test_answers_other_than_accepted_and_away_are_found():
    assert unexpected_answers(Counter({201: 5, 503: 2, None: 1})) == []
    assert unexpected_answers(Counter({201: 5, 500: 2})) == [Finding("answer", "2 sends were answered with 500")]


def test_a_race_that_is_lost_once_is_found():
    attempt = Attempt("16 registrations", "1 x 201, 15 x 409")
    for seen in (attempt.expected, attempt.expected, "2 x 201, 14 x 409"):
        attempt.add(seen)
    (finding,) = attempt.findings()
    assert str(finding) == "race: 16 registrations: 2 x 201, 14 x 409, 1 of 3 times, instead of 1 x 201, 15 x 409"


def test_findings_are_counted_and_told_in_the_report():
    trial = Trial("kills", "Something is killed", run=lambda stage, times: Outcome(), counted_from="the kill")
    outcome = Outcome(injected=2, acknowledged=1_500, back=[1.0, 3.0], findings=[Finding("lost", "'one'")])
    assert line(trial, outcome) == (
        "kills: 1 FINDINGS; 2 times; 1,500 acknowledged, 1 lost, 0 doubled, 0 hidden;"
        " back in 2.0 (3.0) s from the kill (0 s)\n  lost: 'one'"
    )
    text = report([(trial, outcome)], rounds=1, seconds=60)
    row = '| Something is killed | 2 | 1,500 | 1 | 0 | 0 | 2.0 (3.0) s from the kill | `make prove ARGS="kills"` |'
    assert row in text
    assert "**1 findings** in" in text
    assert "- kills: lost: 'one'" in text


def test_a_trial_is_chosen_by_its_name_and_another_name_is_refused(capsys):
    names = [trial.name for trial in TRIALS]
    assert len({*names}) == len(names)
    assert parse([names[0], "--rounds", "3"]).trials == names[:1]
    for wrong in (["none"], ["--rounds", "0"]):
        with pytest.raises(SystemExit) as end:
            parse(wrong)
        assert end.value.code == 2
    assert "no such trial: none; there are kills-of-gunicorn, " in capsys.readouterr().err
