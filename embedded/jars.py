"""Jars of others: which ones by a lock file (`cassandra.lock`), fetched once, checked, shared by all runs."""

import hashlib
import http.client
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from embedded import locks
from embedded.console import Progress, say
from embedded.errors import EmbeddedError

LOCK_FILE = Path(__file__).with_name("cassandra.lock")
THREADS = 6
TRIES = 3
PAUSE = 0.3  # seconds between two tries
TIMEOUT = 30  # seconds without a single byte
CHUNK = 1 << 16  # bytes


@dataclass(frozen=True)
class Jar:
    """One line of the lock file."""

    coordinate: str  # group:artifact:version, or group:artifact:version:classifier
    size: int  # bytes
    sha256: str

    @property
    def filename(self) -> str:
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"

    @property
    def path(self) -> str:
        """Where a Maven repository keeps it."""
        group, artifact, version = self.coordinate.split(":")[:3]
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.filename}"


def default_directory() -> Path:
    """Where the jars are kept: `EMBEDDED_JARS`, or `.local/jars` of the project."""
    named = os.environ.get("EMBEDDED_JARS")
    return Path(named).absolute() if named else Path(__file__).parents[1] / ".local" / "jars"


def read_lock(path: Path = LOCK_FILE) -> list[Jar]:
    """Return the jars that the lock file names; lines with # are comments."""
    jars = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            coordinate, size, sha256 = line.split()
            jars.append(Jar(coordinate, int(size), sha256))
        except ValueError:
            raise EmbeddedError(f"{path}, line {number}: expected a coordinate, a size and a checksum") from None
    return jars


def missing(jars: Sequence[Jar], directory: Path) -> list[Jar]:
    """Return the jars that are not there whole; a checksum is only taken on arrival."""
    return [jar for jar in jars if not _has_size(directory / jar.filename, jar.size)]


def fetch(
    directory: Path | None = None,
    *,
    jars: Sequence[Jar] | None = None,
    repository: str | None = None,
    what: str = "Cassandra",
) -> list[Path]:
    """Return the paths of all jars, in the lock file's order, after fetching those that are missing.

    What an earlier, interrupted fetch finished is kept. Two fetches at once take turns.
    """
    directory = directory or default_directory()
    jars = read_lock() if jars is None else jars
    if missing(jars, directory):
        with locks.exclusive(directory / ".lock", waiting=partial(_say_waiting, what)):
            todo = missing(jars, directory)
            if todo:
                _fetch_all(todo, directory, repository or _default_repository(), what)
    return [directory / jar.filename for jar in jars]


def _fetch_all(jars: Sequence[Jar], directory: Path, repository: str, what: str) -> None:
    progress = Progress(f"Fetching {what}", total=sum(jar.size for jar in jars))
    stop = threading.Event()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            # The largest first: the last seconds then aren't one big file alone.
            largest_first = sorted(jars, key=lambda jar: -jar.size)
            tasks = [pool.submit(_fetch, jar, directory, repository, progress, stop) for jar in largest_first]
            for task in wait(tasks, return_when=FIRST_EXCEPTION).done:
                task.result()
        finally:
            # After an error or Ctrl-C; leaving the block waits for the threads.
            stop.set()
            progress.close()


def _fetch(jar: Jar, directory: Path, repository: str, progress: Progress, stop: threading.Event) -> None:
    part = directory / f"{jar.filename}.part"
    url = f"{repository.rstrip('/')}/{jar.path}"
    for left in reversed(range(TRIES)):
        if stop.is_set():
            return
        try:
            checksum = _download(url, part, progress, stop)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            problem = str(getattr(error, "reason", "") or error or type(error).__name__)
        else:
            if checksum == jar.sha256:
                part.replace(directory / jar.filename)
                return
            problem = "what arrived is not the file that the lock file names"
        if part.exists():
            progress.add(-part.stat().st_size)
            part.unlink()
        if not left and not stop.is_set():
            raise EmbeddedError(
                f"cannot fetch {jar.filename} from {urlsplit(url).netloc} ({problem}): "
                "check the network and start again; what has arrived is kept"
            )
        stop.wait(PAUSE)


def _download(url: str, part: Path, progress: Progress, stop: threading.Event) -> str:
    """Return the checksum of what arrived in `part`."""
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response, part.open("wb", buffering=0) as file:  # noqa: S310  the repository's scheme is ours
        while not stop.is_set() and (chunk := response.read(CHUNK)):
            file.write(chunk)
            digest.update(chunk)
            progress.add(len(chunk))
    return digest.hexdigest()


def _default_repository() -> str:
    from jgo.constants import MAVEN_CENTRAL_URL

    return MAVEN_CENTRAL_URL


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _say_waiting(what: str, holder: str) -> None:
    say(f"Process {holder or '?'} is fetching {what}; waiting for it ...")
