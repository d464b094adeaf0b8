"""Programs that the deployment's tests run for real; Debian has all of them.

Root installs what is missing, as CI does. Anybody else is told what to install: a missing program is a failure.
"""

import os
import shutil
from pathlib import Path

from tests.debian import alone, can_install, install

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
PACKAGES = {
    "nginx": "nginx",
    "curl": "curl",
    "openssl": "openssl",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus-postgres-exporter": "prometheus-postgres-exporter",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
}


def find_program(name: str) -> Path:
    """Return where a program is. Where it is missing and we may, all that are missing are installed now, at once."""
    if find(name) is None and can_install():
        with alone():
            missing = {package for program, package in PACKAGES.items() if find(program) is None}
            if missing:
                install(*sorted(missing))
    found = find(name)
    if found is None:
        raise AssertionError(f"there is no {name} here: install it (Debian: apt-get install {PACKAGES[name]})")
    return Path(found)


def find(name: str) -> str | None:
    """Return where a program is, if it is."""
    return shutil.which(name, path=PATH)
