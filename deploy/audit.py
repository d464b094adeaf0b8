"""`make audit`: holds the pinned packages against the list of known holes, and fails where that list can't be asked.

Ends with 0 where none of them has a known hole, with 1 where one has, and with 2 where nobody can say.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PINS = ("requirements.txt", "deploy/constraints.txt")
# Its holes have been listed for years: whoever knows none of them, as a mirror of packages alone, has no list.
CANARY = "jinja2==2.4.1"
CLEAN, HOLES, NOBODY_KNOWS = 0, 1, 2


def main() -> int:
    """Ask for the canary, then for our own pins; return the status."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{CANARY}\n")
        file.flush()
        canary = ask([file.name])
    if not canary or not canary[0].get("vulns"):
        return refuse("it tells of no hole in a release that has some")
    found = ask(PINS)
    if unknown := [package["name"] for package in found if "skip_reason" in package]:
        return refuse(f"it doesn't know {', '.join(unknown)}")
    if not found:
        return refuse("it didn't answer")
    holes = [(package, hole) for package in found for hole in package["vulns"]]
    for package, hole in holes:
        mend = f"mended in {', '.join(hole['fix_versions'])}" if hole["fix_versions"] else "not mended yet"
        sys.stdout.write(f"{package['name']} {package['version']}: {hole['id']}, {mend}\n")
    sys.stdout.write(f"{len(found)} packages were looked up, {len(holes)} holes are known.\n")
    return HOLES if holes else CLEAN


def ask(files: Sequence[str | Path]) -> list[dict[str, Any]]:
    """Return what the list says of each package that the files pin, or nothing where it can't be asked."""
    options = [word for file in files for word in ("--requirement", str(file))]
    command = [sys.executable, "-m", "pip_audit", *options, "--no-deps", "--disable-pip", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (a command of ours)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stderr.write(done.stderr[-1_000:])
        return []
    return packages


def refuse(why: str) -> int:
    """Say that nobody looked, which is no good news."""
    sys.stderr.write(f"Error: the list of known holes can't be asked from here: {why}.\n")
    return NOBODY_KNOWS


if __name__ == "__main__":
    sys.exit(main())
