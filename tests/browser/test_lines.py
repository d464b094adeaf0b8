"""The table of promises is whole and true."""

from importlib import import_module

import pytest

from tests.browser.lines import LATER, LINES

NAMES = sorted({name for line in LINES for name in line.tests})


def test_the_table_has_every_line_once():
    assert [line.number for line in LINES] == list(range(1, 27))


def test_every_line_has_a_test_or_a_reason():
    without = {line.number for line in LINES if not line.tests}
    assert without <= LATER.keys() <= {line.number for line in LINES}
    assert all(LATER.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_test_of_the_table_exists_and_is_never_passed_over(name):
    module, function = name.split(".")
    test = getattr(import_module(f"tests.browser.{module}"), function)
    assert callable(test)
    marks = {mark.name for mark in getattr(test, "pytestmark", ())}
    assert not marks & {"skip", "skipif", "xfail"}


def test_every_test_of_the_table_is_collected(request):
    # Where all tests run; somebody who chose some has chosen.
    config = request.config
    if config.args_source is not config.ArgsSource.TESTPATHS or config.option.keyword or config.option.markexpr:
        return
    collected = {item.nodeid.split("[")[0] for item in request.session.items}
    assert {"tests/browser/{}.py::{}".format(*name.split(".")) for name in NAMES} <= collected
