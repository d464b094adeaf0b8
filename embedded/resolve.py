"""Makes a lock file anew: for a new version of Cassandra, never while running."""

import hashlib
import tempfile
from pathlib import Path

from embedded.console import say
from embedded.jars import LOCK_FILE, Jar

CASSANDRA = "org.apache.cassandra:cassandra-all:5.0.9"
HEADER = """\
# The jars of {coordinates} and of all that it needs to run: coordinate, bytes, SHA-256.
# Made by `{command}`.
"""


def write_lock(path: Path = LOCK_FILE, *coordinates: str, command: str = "python -m embedded lock") -> None:
    """Resolve `coordinates`, Cassandra's by default, with everything they need and write the lock file.

    `command` is what the file tells its readers to run for the next version.
    """
    coordinates = coordinates or (CASSANDRA,)
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as cache:
        # A cache of its own: a half-made one elsewhere must not decide what we pin.
        maven = MavenContext(repo_cache=Path(cache), remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=60)
        named, needed = maven.resolver.resolve([maven.create_dependency(each) for each in coordinates])
        at_run_time = [each for each in needed if each.scope in ("compile", "runtime")]
        jars = []
        for artifact in [each.artifact for each in [*named, *at_run_time]]:
            content = artifact.resolve().read_bytes()
            parts = [artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier]
            jars.append(Jar(":".join(filter(None, parts)), len(content), hashlib.sha256(content).hexdigest()))
    lines = sorted(f"{jar.coordinate} {jar.size} {jar.sha256}\n" for jar in jars)
    path.write_text(HEADER.format(coordinates=" and ".join(coordinates), command=command) + "".join(lines))
    say(f"{path.name}: {len(jars)} jars, {sum(jar.size for jar in jars):,} bytes")
