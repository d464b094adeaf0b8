"""A stop that loses nobody; `tests/prove/test_graceful_stops.py` has those that take long."""

import http.client
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.embedded.waiting import wait_until
from tests.server import running_server
from tests.stopping import SOON, Person, assert_it_ends


def test_a_stop_under_load_resets_nobody(tmp_path):
    """Each request is answered, or finds the port closed: then nothing was sent, and it can go to another replica."""
    with running_server(tmp_path) as server:
        alice = Person(server)
        outcomes = Counter()

        def ask_until_refused():
            while True:
                try:
                    outcomes[alice.answer(alice.begin("GET", "health"))[0]] += 1
                except ConnectionRefusedError:
                    return
                except (OSError, http.client.HTTPException) as error:
                    outcomes[repr(error)] += 1

        with ThreadPoolExecutor(6) as pool:
            askers = [pool.submit(ask_until_refused) for _ in range(6)]
            wait_until(lambda: outcomes[200] > 100)
            server.process.send_signal(signal.SIGTERM)
            assert_it_ends(server, within=SOON)
        for asker in askers:
            asker.result()
    assert outcomes.keys() == {200}
