"""The table of figures."""

import pytest

from bench.load import Figures, check_wrk
from bench.report import Aim, Report


def figures(rate, *, failed=0):
    return Figures(connections=8, rate=rate, p50=1.0, p95=2.0, p99=3.0, cpu=400.0, failed=failed)


@pytest.mark.parametrize(
    ("value", "reached"),
    [(14.9, False), (15, True), (25, True), (25.1, False)],
)
def test_an_aim_between_two_figures_is_reached_within_them(value, reached):
    assert Aim("log-in", value, "ms", at_least=15, at_most=25).reached is reached


def test_a_case_of_several_rounds_counts_with_its_median_and_all_its_failures():
    report = Report()
    assert report.add("send", [figures(10, failed=1), figures(30), figures(20, failed=2)]) == figures(20, failed=3)


def test_the_table_tells_what_was_missed():
    report = Report()
    report.add("send", [figures(1_234)])
    report.aims += [
        Aim("send / floor", 0.5, "x", at_least=0.75),
        Aim("memory", 80, "MB", at_most=90),
        Aim("log-in", 20, "ms", at_least=15, at_most=25),
        Aim("a token alone", 50, "us"),
    ]
    assert report.as_markdown().splitlines() == [
        "| case | connections | requests/s | p50 ms | p95 ms | p99 ms | server CPU us/request | failed |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        "| send | 8 | 1,234 | 1.0 | 2.0 | 3.0 | 400 | 0 |",
        "",
        "| aim | figure | wanted | |",
        "|---|--:|--:|---|",
        "| send / floor | 0.50 x | 0.75 or more | **missed** |",
        "| memory | 80.00 MB | 90 or less | reached |",
        "| log-in | 20.00 ms | 15 to 25 | reached |",
        "| a token alone | 50.00 us |  |  |",
    ]


def test_a_missing_wrk_is_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"^Error: wrk is missing: install it \(Debian: apt install wrk\)"):
        check_wrk()
