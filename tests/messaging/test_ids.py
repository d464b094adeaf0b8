"""Ids are made once, by whatever threads and processes, and go forward."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from messaging import ids
from messaging.types import ticks_of


def test_ids_of_many_threads_are_all_different():
    with ThreadPoolExecutor(8) as pool:
        made = [made for group in pool.map(lambda _: [ids.new_id() for _ in range(2_000)], range(8)) for made in group]
    assert len(set(made)) == 16_000


def test_ids_of_one_thread_go_forward_and_tell_the_time():
    before = time.time_ns() // 100
    made = [ids.new_id() for _ in range(1_000)]
    times = [ticks_of(message_id) for message_id in made]
    assert times == sorted(set(times))
    assert before <= times[0]
    assert abs(times[0] - before) < 10_000_000
    assert {message_id.version for message_id in made} == {1}


def test_a_forked_process_draws_a_node_of_its_own():
    """A process of its own, as forking one with threads is no good idea."""
    script = """
import os
from messaging import ids
mine = ids.new_id()
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, f"{ids.new_id().node} {ids.new_id().clock_seq}".encode())
    os._exit(0)
os.wait()
print(mine.node, *os.read(reader, 100).decode().split())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    parent, child, _ = map(int, done.stdout.split())
    assert parent != child
    for node in (parent, child):
        assert node >> 40 & 1 == 1  # the mark of a random node
