"""Makes the lock file anew: for a new version of Cassandra, never while running."""

import hashlib
import tempfile
from pathlib import Path

from embedded.console import say
from embedded.jars import LOCK_FILE, Jar

CASSANDRA = "org.apache.cassandra:cassandra-all:5.0.9"
HEADER = f"""\
# The jars of {CASSANDRA} and of all that it needs to run: coordinate, bytes, SHA-256.
# Made by `python -m embedded lock`.
"""


def write_lock(path: Path = LOCK_FILE, *, coordinate: str = CASSANDRA) -> None:
    """Resolve `coordinate` with everything it needs and write the lock file."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as cache:
        # A cache of its own: a half-made one elsewhere must not decide what we pin.
        maven = MavenContext(repo_cache=Path(cache), remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=60)
        named, needed = maven.resolver.resolve([maven.create_dependency(coordinate)])
        at_run_time = [each for each in needed if each.scope in ("compile", "runtime")]
        jars = []
        for artifact in [each.artifact for each in [*named, *at_run_time]]:
            content = artifact.resolve().read_bytes()
            parts = [artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier]
            jars.append(Jar(":".join(filter(None, parts)), len(content), hashlib.sha256(content).hexdigest()))
    lines = sorted(f"{jar.coordinate} {jar.size} {jar.sha256}\n" for jar in jars)
    path.write_text(HEADER + "".join(lines))
    say(f"{path.name}: {len(jars)} jars, {sum(jar.size for jar in jars):,} bytes")
