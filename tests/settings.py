"""Settings of the tests: the project's own, with a file for the SQL database that tests write to."""

import os
import secrets

# `tests.parts` has set these; the type checker, which reads these settings too, runs without any part.
for name in ("SECRET_KEY", "JWT_SECRET_KEY"):
    os.environ.setdefault(name, secrets.token_urlsafe(48))
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from chatsystem.settings import *  # noqa: E402, F403  (after the environment)
from chatsystem.settings import DATABASES  # noqa: E402  (as above)

# A file, not memory: threads of a test and processes that it starts see the same rows.
DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}-test"}
