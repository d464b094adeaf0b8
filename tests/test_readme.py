"""What the README tells; `tests/prove/test_fresh_clone.py` does all of it in a fresh clone."""

from tests.readme import BLOCKS, CONVERSATION, DEPLOYMENT, README, commands_of


def test_no_command_of_the_readme_is_left_out_in_the_fresh_clone():
    tried = {"make run", "make demo", "make dev", "make test", "make lint"}
    told = {command for block in BLOCKS for command in commands_of(block)}
    assert told == tried | set(commands_of(CONVERSATION)) | set(commands_of(DEPLOYMENT))


def test_the_readme_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 150
