"""A process that sends a message and kills itself on the way.

Run as `python -m tests.prove.dying_sender`, with a `Plan` in JSON as its argument.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from uuid import UUID

# Where it dies, by what the store tells its observers: an event and the request's name. "sent" comes just before a
# request is sent, "answered" just after its answer was taken.
POINTS = {
    "before the claim": ("sent", "claim_send_key"),
    "while the claim is under way": ("sent", "claim_send_key"),
    "behind the claim": ("answered", "claim_send_key"),
    "before the batch": ("sent", "send"),
    "while the batch is under way": ("sent", "send"),
    "behind the batch": ("answered", "send"),
    "before check-points are deleted": ("sent", "forget_count"),
    "behind check-points": ("answered", "forget_count"),
    "before the answer": None,  # when all is done, and the client isn't told yet
}
UNDER_WAY = 0.001  # seconds that a request takes, about


@dataclass(frozen=True)
class Plan:
    """Who sends what to whom under which key, and where the process dies."""

    people: dict[str, str]  # ids by username, the sender first
    content: str
    key: str
    point: str

    def carry_out(self, database: str) -> int:
        """Run it in a process of its own, with a SQL database of its own, and return its status: 0 if it survived."""
        command = [sys.executable, "-m", "tests.prove.dying_sender", json.dumps(asdict(self))]
        environment = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode <= 0, done.stderr
        return done.returncode


def main(plan: Plan) -> None:
    """Send it."""
    import django

    django.setup()
    from accounts.models import User
    from messaging.services.sending import send_once
    from messaging.store import session

    people = [User.objects.get_or_create(pk=UUID(pk), username=username)[0] for username, pk in plan.people.items()]
    point = POINTS[plan.point]

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_soon() -> None:
        time.sleep(random.uniform(0, UNDER_WAY))
        die()

    def observe(event: str, name: str, seconds: float) -> None:
        if (event, name) == point:
            if "under way" in plan.point:
                threading.Thread(target=die_soon).start()
            else:
                die()

    session.observers.append(observe)
    send_once(sender=people[0], recipient=people[-1].username, content=plan.content, key=plan.key)
    if point is None:
        die()


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
