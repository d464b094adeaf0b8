"""Settings of the floor: ours, without middleware and with the bare views' addresses."""

from chatsystem.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.floor.views"
