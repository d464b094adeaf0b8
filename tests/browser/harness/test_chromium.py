"""The browser is found, lent and replaced."""

import asyncio
import os
import signal
import threading

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from accounts.models import User
from tests.browser.chromium import Chromium, NoChromium, find_chromium
from tests.debian import PATIENT


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A machine with no program but those that the test writes, and with nothing that could be fetched."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("tests.browser.chromium.of_playwright", lambda: None)
    monkeypatch.setattr("tests.browser.chromium.fetched", lambda: None)

    def write(name, *lines):
        program = tmp_path / name
        program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        program.chmod(0o755)
        return program

    return write


def test_the_machines_own_is_taken(programs):
    programs("google-chrome", "echo Chrome 1")
    own = programs("chromium", "echo Chromium 1")
    assert find_chromium() == own


def test_one_that_does_not_run_is_passed_over(programs):
    programs("chromium-browser", "echo Please install the snap", "exit 1")
    chrome = programs("google-chrome", "echo Chrome 1")
    assert find_chromium() == chrome


def test_one_that_is_named_is_taken_before_all_others(programs, monkeypatch):
    programs("chromium", "echo Chromium 1")
    named = programs("mine", "echo Chromium 2")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert find_chromium() == named


def test_a_named_one_that_does_not_run_is_a_failure_of_one_line(programs, monkeypatch):
    programs("chromium", "echo Chromium 1")
    monkeypatch.setenv("CHROMIUM", "/nothing/here")
    with pytest.raises(NoChromium, match=r"^CHROMIUM=/nothing/here is no browser that runs: install one .*$"):
        find_chromium()


def test_debians_is_installed_where_we_may(programs, monkeypatch, tmp_path):
    programs(
        "apt-get",
        f'echo "$@" >>{tmp_path}/asked',
        f'[ $1 = update ] || printf "#!/bin/sh\\n" >{tmp_path}/chromium',
        f"[ $1 = update ] || /bin/chmod 755 {tmp_path}/chromium",
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert find_chromium() == tmp_path / "chromium"
    asked = [line.removesuffix(" " + " ".join(PATIENT)) for line in (tmp_path / "asked").read_text().splitlines()]
    assert asked == ["update", "install --yes --no-install-recommends chromium fonts-liberation"]


def test_where_nothing_works_the_failure_says_in_one_line_how_to_mend_it(programs, monkeypatch, tmp_path):
    programs("apt-get", f"echo >{tmp_path}/asked")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoChromium, match=r"^no Chromium here, .*: install one \(`apt install chromium`.*CHROMIUM=.*$"):
        find_chromium()
    assert not (tmp_path / "asked").exists()


def test_other_tests_find_no_event_loop_though_the_browser_runs(chromium, db):
    assert not User.objects.filter(username="nobody").exists()
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"


def test_a_test_with_a_page_is_refused_the_orm(db, page):
    with pytest.raises(SynchronousOnlyOperation):
        User.objects.exists()


class Struck(Exception):
    """As pytest's time-out strikes: from a signal, wherever the program is."""


def test_a_browser_whose_loop_was_torn_apart_is_replaced(chromium):
    def strike(*_):
        raise Struck

    before = signal.signal(signal.SIGUSR1, strike)
    own = Chromium(chromium.program)
    try:
        with own.at_work() as browser:
            page = browser.new_page()
            threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGUSR1]).start()
            with pytest.raises(Struck):
                page.evaluate("new Promise(() => {})")
        with own.at_work() as browser:
            assert browser.new_page().evaluate("1 + 1") == 2
    finally:
        signal.signal(signal.SIGUSR1, before)
        own.close()
