import os
import shutil
import subprocess

import pytest

from embedded.paths import PROJECT


@pytest.fixture
def make(tmp_path):
    """Run make in a directory that has only what the Makefile itself needs, with these programs for Python."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "embedded/requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)

    def run(*arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        return subprocess.run(
            ["make", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )

    return run


@pytest.fixture
def pretend(tmp_path):
    """A Python that writes down what it is asked to do, answers and does nothing else."""

    def write(name, script):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{script}\n')
        program.chmod(0o755)
        return program

    return write


def test_help_is_the_default_and_names_every_target(make):
    targets = [line.split()[1] for line in make().stdout.splitlines()]
    assert targets == [
        *("help", "run", "demo", "dev", "test", "test-deploy", "prove", "coverage"),
        *("bench", "screenshots", "messages", "lint", "audit", "format", "clean"),
    ]


def test_a_python_that_is_too_old_or_missing_is_one_line(make):
    done = make("run", "PYTHON=python2.no")
    ours, makes = done.stderr.splitlines()
    assert ours == "Error: python2.no is missing or older than 3.11: name another, as in PYTHON=python3.12 make run"
    assert makes.startswith("make: ***")


def test_a_python_without_venv_is_one_line(make, pretend):
    python = pretend("python", 'case "$*" in *ensurepip*) exit 1;; esac')
    done = make("run", f"PYTHON={python}")
    assert done.stderr.startswith(f"Error: {python} can't make virtual environments: install its venv package")


def test_packages_are_installed_when_the_files_change_and_only_then(make, pretend, tmp_path):
    python = pretend("python", "")
    pretend(".venv/bin/python", "")
    pip = "-m pip install --quiet --disable-pip-version-check -r requirements.txt -r embedded/requirements.txt"
    for expected in (1, 1):
        assert make("run", f"PYTHON={python}").returncode == 0
        assert (tmp_path / "asked").read_text().count(pip) == expected
    with (tmp_path / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    assert make("run", f"PYTHON={python}").returncode == 0
    assert (tmp_path / "asked").read_text().count(pip) == 2
    assert (tmp_path / "asked").read_text().splitlines()[-1] == "-m embedded run"


def test_an_installation_that_fails_is_one_line_and_tried_again(make, pretend):
    python = pretend("python", "")
    pretend(".venv/bin/python", 'case "$*" in *pip*) echo "ERROR: no network" >&2; exit 1;; esac')
    for _ in range(2):
        done = make("run", f"PYTHON={python}")
        assert done.stderr.splitlines()[0] == (
            "Error: pip could not install (ERROR: no network): check the network and free space, then start again; "
            "see .venv/pip.log"
        )


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("test", "--ignore=tests/deploy --ignore=tests/prove -n auto --dist worksteal --durations 10"),
        ("test-deploy", "tests/deploy -n 2 --dist loadfile --no-loadscope-reorder --durations 10"),
    ],
)
def test_tests_are_handed_their_arguments(make, pretend, tmp_path, target, command):
    python = pretend("python", "")
    pretend(".venv/bin/python", "")
    make(target, f"PYTHON={python}", "ARGS=-k inbox")
    assert (tmp_path / "asked").read_text().splitlines()[-1] == f"-m pytest {command} -k inbox"


def test_prove_hands_over_its_trials_how_often_and_where_the_report_goes(make, pretend, tmp_path):
    python = pretend("python", "")
    pretend(".venv/bin/python", "")
    make("prove", f"PYTHON={python}")
    assert (tmp_path / "asked").read_text().splitlines()[-1] == "-m tests.prove --rounds 1 --report docs/proof.md"
    make("prove", f"PYTHON={python}", "ROUNDS=5", "PROOF=other.md", "ARGS=restores")
    asked = (tmp_path / "asked").read_text().splitlines()[-1]
    assert asked == "-m tests.prove --rounds 5 --report other.md restores"


def test_clean_keeps_the_data(make, tmp_path):
    for name in (".venv/x", ".local/jars/a.jar", ".local/db.sqlite3", "embedded/__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert make("clean").returncode == 0
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / ".local/jars").exists()
    assert not (tmp_path / "embedded/__pycache__").exists()
    assert (tmp_path / ".local/db.sqlite3").exists()
