"""The command line of a node: what Cassandra's own start script would choose, for a small machine."""

from collections.abc import Sequence
from pathlib import Path

MAIN = "org.apache.cassandra.service.CassandraDaemon"
HEAP = "448M"

# Parts of Java that Cassandra reaches into. Java 17 refuses without these, Java 11 knows most of them.
EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.rmi/sun.rmi.transport.tcp",
    "java.sql/java.sql",
)
OPENS = (
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.management/com.sun.management.internal",
)
OPTIONS = (
    f"-Xms{HEAP}",
    f"-Xmx{HEAP}",
    # Of two cores, a collector with threads of its own would only take.
    "-XX:+UseSerialGC",
    "-XX:MaxDirectMemorySize=128M",
    # The first compiler alone: ready sooner, and a development node is never hot for long.
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=64M",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+PerfDisableSharedMem",
    "-Xss256k",
    "-Xshare:auto",
    "-Djdk.attach.allowAttachSelf=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dcassandra-foreground=yes",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.shutdown_announce_in_ms=100",
)
# In milliseconds: a node by itself waits for nobody, one of a ring gives its seeds time to start.
DELAY_ALONE = 100
DELAY_IN_RING = 30_000


def arguments(directory: Path, jars: Sequence[Path], *, alone: bool) -> list[str]:
    """Return what `java` needs to know to run the node configured in `directory`."""
    agent = next(jar for jar in jars if jar.name.startswith("jamm-"))
    return [
        *OPTIONS,
        f"-Dcassandra.ring_delay_ms={DELAY_ALONE if alone else DELAY_IN_RING}",
        *(f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTS),
        *(f"--add-opens={name}=ALL-UNNAMED" for name in OPENS),
        # Measures what memtables take.
        f"-javaagent:{agent}",
        f"-Djava.io.tmpdir={directory}",
        f"-Dcassandra.storagedir={directory}",
        f"-Dcassandra.config={(directory / 'cassandra.yaml').as_uri()}",
        f"-Dlogback.configurationFile={directory / 'logback.xml'}",
        "-cp",
        ":".join(map(str, jars)),
        MAIN,
    ]


def argument_file(arguments: Sequence[str]) -> str:
    """Return the text of a file for `java @file`: a command line of 100 jars is hard to read in a list of processes."""
    escaped = (argument.replace("\\", "\\\\").replace('"', '\\"') for argument in arguments)
    return "".join(f'"{argument}"\n' for argument in escaped)
