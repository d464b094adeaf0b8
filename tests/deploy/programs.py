"""Programs that the deployment's tests run for real; Debian has all of them.

Root installs what is missing, as CI does. Anybody else is told what to install: a missing program is a failure.
"""

import os
import shutil
from pathlib import Path

from tests.debian import can_install, install

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
    """Return where a program is, installed now if it's missing and we may."""
    found = shutil.which(name, path=PATH)
    if found is None and can_install():
        install(PACKAGES[name])
        found = shutil.which(name, path=PATH)
    if found is None:
        raise AssertionError(f"there is no {name} here: install it (Debian: apt-get install {PACKAGES[name]})")
    return Path(found)
