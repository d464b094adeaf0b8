"""Settings of a server in which a test puts templates of its own before the project's: those in TEMPLATES_BEFORE."""

import os

from chatsystem.settings import *  # noqa: F403
from chatsystem.settings import BASE_DIR, TEMPLATES

TEMPLATES[0] |= {"DIRS": [os.environ["TEMPLATES_BEFORE"], BASE_DIR / "templates"]}
