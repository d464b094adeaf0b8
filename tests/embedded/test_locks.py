import pytest

from embedded.locks import Held, exclusive, is_held

HOLD = """
import sys, time
from pathlib import Path
from embedded.locks import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture
def holder(path, python_script):
    process = python_script(HOLD, path)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_holder_is_told_the_first_ones_id(path, holder):
    with pytest.raises(Held) as raised, exclusive(path):
        pass
    assert raised.value.holder == str(holder.pid)
    assert is_held(path)


def test_the_lock_of_a_dead_process_is_taken_over(path, holder):
    holder.kill()
    holder.wait()
    assert path.read_text() == str(holder.pid)
    assert not is_held(path)
    with exclusive(path):
        pass


def test_a_stale_file_means_nothing(path):
    path.write_text("1")
    assert not is_held(path)
