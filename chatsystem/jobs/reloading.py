"""Starting a worker anew when code changes, for development."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings


class Reloader:
    """Looks after the files of the project that this process has loaded, until `stopping` is set."""

    def __init__(self, *, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._seen = self._times()

    def look(self) -> None:
        """Replace this process where a file has changed; not by what can't be loaded, which waits for its mend."""
        times = self._times()
        if times == self._seen:
            return
        self._seen = times
        checked = subprocess.run([sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, check=False)
        # Checking takes seconds. Whoever was told to end meanwhile must not begin anew, where nobody tells it again.
        if checked.returncode == 0 and not self._stopping.is_set():
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  (as above, by our own arguments)

    def _times(self) -> dict[str, int]:
        paths = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        ours = (Path(path) for path in paths if path and path.startswith(f"{settings.BASE_DIR}{os.sep}"))
        return {str(path): path.stat().st_mtime_ns for path in ours if path.is_file()}
