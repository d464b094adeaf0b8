"""What a step's file may say."""

import pytest

from messaging.store.migration.errors import InvalidStep
from messaging.store.migration.steps import read_steps

HEADER = "-- What, and why.\n"


def test_our_own_steps_can_be_read():
    assert [step.number for step in read_steps()] == list(range(1, len(read_steps()) + 1))


def test_statements_are_separated_by_semicolons_and_lose_their_comments(folder):
    (step,) = folder(
        **{"0001_x": f"{HEADER}SELECT 1; -- one; and a half\n/* two; */ SELECT\n2 ;\n// three;\n;SELECT 3\n"}
    )
    assert (step.number, step.name) == (1, "0001_x")
    assert [" ".join(statement.split()) for statement in step.statements] == ["SELECT 1", "SELECT 2", "SELECT 3"]
    assert step.down is None


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT ';--' ''';'",
        'SELECT ";" FROM "a""-- down"',
        "CREATE FUNCTION f AS $$ return 1; // '$$",
        "SELECT 3 - 1 / 1",
    ],
)
def test_a_semicolon_or_comment_within_a_text_a_name_or_a_body_is_part_of_it(folder, statement):
    (step,) = folder(**{"0001_x": f"{HEADER}{statement};SELECT 2"})
    assert step.statements == (statement, "SELECT 2")


def test_the_way_down_follows_its_mark(folder):
    (step,) = folder(**{"0001_x": f"{HEADER}SELECT 1; SELECT 2;\n--  Down \n-- as it was\nSELECT 3;"})
    assert step.statements == ("SELECT 1", "SELECT 2")
    assert step.down == ("SELECT 3",)


def test_steps_are_read_in_order_and_other_files_are_left_alone(folder, tmp_path):
    (tmp_path / "README.md").write_text("Hello")
    names = ["0002_b", "0001_a", "0003_c"]
    assert [step.name for step in folder(**dict.fromkeys(names, f"{HEADER}SELECT 1"))] == sorted(names)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["0001_a", "0003_c"], "There is no step 0002, though there is 0003_c"),
        (["0002_b"], "There is no step 0001, though there is 0002_b"),
        (["0001_a", "0001_b"], "0001_a and 0001_b have the same number"),
        (["0001_a", "1_b"], "1_b.cql is no step's name"),
        (["0000_a"], "0000_a.cql is no step's name"),
        (["0001-a"], "0001-a.cql is no step's name"),
    ],
)
def test_gaps_doubles_and_other_names_are_refused(folder, names, message):
    with pytest.raises(InvalidStep, match=message):
        folder(**dict.fromkeys(names, f"{HEADER}SELECT 1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1", "0001_x.cql doesn't begin with a comment"),
        ("--\nSELECT 1", "0001_x.cql doesn't begin with a comment"),
        ("-- down\nSELECT 1", "0001_x.cql doesn't begin with a comment"),
        (HEADER, "0001_x.cql has a section without statements"),
        (f"{HEADER}SELECT 1;\n-- down\n", "0001_x.cql has a section without statements"),
        (f"{HEADER}SELECT 1;\n-- down\nSELECT 2;\n-- down\nSELECT 3", "0001_x.cql has more than one way down"),
    ],
)
def test_a_file_needs_a_reason_and_statements(folder, text, message):
    with pytest.raises(InvalidStep, match=message):
        folder(**{"0001_x": text})


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidStep, match="can't be read"):
        read_steps(tmp_path / "nowhere")


def test_the_checksum_is_that_of_the_first_statements(folder):
    (before,) = folder(**{"0001_x": f"{HEADER}SELECT 1; SELECT 2;"})
    (after,) = folder(**{"0001_x": "-- Other words.\nSELECT 1; SELECT 3;\n-- down\nSELECT 4;"})
    assert before.checksum(1) == after.checksum(1)
    assert before.checksum() == before.checksum(2) != after.checksum(2)
