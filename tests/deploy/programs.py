"""Programs that the deployment's tests run for real; Debian has all of them.

Root installs what is missing, as CI does. Anybody else is told what to install: a missing program is a failure.
"""

import os
import shutil
import subprocess
from pathlib import Path

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
MINUTES = 5 * 60  # seconds


def find_program(name: str) -> Path:
    """Return where a program is, installed now if it's missing and we may."""
    found = shutil.which(name, path=PATH)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install(PACKAGES[name])
        found = shutil.which(name, path=PATH)
    if found is None:
        raise AssertionError(f"there is no {name} here: install it (Debian: apt-get install {PACKAGES[name]})")
    return Path(found)


def install(package: str) -> None:
    """Install a Debian package without what it only recommends. No service is started by it."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", package]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=MINUTES)
        if done.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
