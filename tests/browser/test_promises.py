"""Each promise of the pages has tests, which are never passed over."""

from collections import defaultdict
from importlib import import_module
from pathlib import Path

from tests.browser.promises import LATER, PROMISES


def promised():
    """Return the tests of each promise, by its number, with the names of their marks."""
    found = defaultdict(list)
    for file in Path(__file__).parent.glob("test_*.py"):
        module = import_module(f"tests.browser.{file.stem}")
        for name, test in vars(module).items():
            marks = getattr(test, "pytestmark", []) if name.startswith("test_") else []
            for mark in marks:
                for number in mark.args if mark.name == "promise" else ():
                    found[number].append((f"{file.stem}.{name}", {mark.name for mark in marks}))
    return found


def test_every_promise_has_tests_and_every_mark_names_a_promise():
    assert sorted(promised()) == sorted(PROMISES) == list(range(1, 27))
    assert LATER.keys() <= PROMISES.keys()


def test_no_test_of_a_promise_is_passed_over():
    tests = [test for tests in promised().values() for test in tests]
    assert [name for name, marks in tests if marks & {"skip", "skipif", "xfail"}] == []
