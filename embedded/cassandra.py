"""The embedded Cassandra: a real node, started from its jars with a configuration of our own."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from embedded import jars, java
from embedded.parts import Part, ask
from embedded.programs import find_java

# Version 4 of the protocol, OPTIONS, no body: the question that needs no log-in; its answer is SUPPORTED.
OPTIONS = bytes([0x04, 0, 0, 0, 0x05, 0, 0, 0, 0])
SUPPORTED = 0x06
HEADER_LENGTH = 9  # bytes

LOGBACK = """\
<configuration>
  <appender name="FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>{log}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>{log}.%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>2</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>10MB</maxFileSize>
    </triggeringPolicy>
    <encoder><pattern>%date{{ISO8601}} %-5level [%thread] %logger{{0}} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="FILE"/></root>
</configuration>
"""


class Cassandra(Part):
    """One node: a cluster by itself, or one of a ring when `seeds` names an address of another.

    The nodes of a ring share `port`, `storage_port` and `cluster_name` and differ in `host`. They must start on empty
    directories: nothing is streamed to a node that joins.
    """

    name = "Cassandra"
    patience = 120.0
    grace = 20.0

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        storage_port: int,
        host: str = "127.0.0.1",
        seeds: Sequence[str] = (),
        cluster_name: str = "chat",
        logs: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # Java takes the encoding of file names from the locale, and a bare machine has none.
        environment = {**(os.environ if environment is None else environment), "LC_ALL": "C.UTF-8"}
        super().__init__(directory, port, host=host, logs=logs, environment=environment)
        self.storage_port = storage_port
        self.seeds = tuple(seeds) or (host,)
        self.cluster_name = cluster_name

    @property
    def nodes(self) -> str:
        """What the service takes as `CASSANDRA_NODES`."""
        return f"{self.host}:{self.port}"

    @property
    def output(self) -> Path:
        # Its log it writes itself, with rotation; this is what Java has to say.
        return self.logs / "cassandra.out"

    def prepare(self) -> None:
        # JSON is YAML, and quotes whatever a path may contain.
        (self.directory / "cassandra.yaml").write_text(json.dumps(self.settings(), indent=2) + "\n")
        (self.directory / "logback.xml").write_text(LOGBACK.format(log=escape(str(self.log))), encoding="utf-8")
        alone = self.seeds == (self.host,)
        arguments = java.arguments(self.directory, jars.fetch(), alone=alone)
        self._arguments.write_text(java.argument_file(arguments), encoding="utf-8")

    def settings(self) -> dict[str, object]:
        """Return the content of `cassandra.yaml`; what it leaves out is Cassandra's default."""
        seeds = ",".join(f"{seed}:{self.storage_port}" for seed in self.seeds)
        return {
            "cluster_name": self.cluster_name,
            "listen_address": self.host,
            "storage_port": self.storage_port,
            "start_native_transport": True,
            "rpc_address": self.host,
            "native_transport_port": self.port,
            "endpoint_snitch": "SimpleSnitch",
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "seed_provider": [
                {"class_name": "org.apache.cassandra.locator.SimpleSeedProvider", "parameters": [{"seeds": seeds}]}
            ],
            # One token: faster to start than sixteen, and a node by itself has nothing to spread.
            "num_tokens": 1,
            "auto_bootstrap": False,
            # A write is in the log on the disk before it is acknowledged: no other node could give it back.
            "commitlog_sync": "batch",
            # On a full or broken disk it ends, which is noticed, instead of staying without an ear.
            "disk_failure_policy": "die",
            "commit_failure_policy": "die",
            "data_file_directories": [str(self.directory / "data")],
            "commitlog_directory": str(self.directory / "commitlog"),
            "saved_caches_directory": str(self.directory / "saved_caches"),
            "hints_directory": str(self.directory / "hints"),
            "cdc_raw_directory": str(self.directory / "cdc_raw"),
            # A long message's batch is 40 KiB, which is fine; at 50 KiB it would be refused, as everywhere.
            "batch_size_warn_threshold": "50KiB",
            "batch_size_fail_threshold": "50KiB",
            # A small node: the defaults are made for machines that hold nothing else.
            "concurrent_reads": 16,
            "concurrent_writes": 16,
            "commitlog_total_space": "256MiB",
            "commitlog_segment_size": "8MiB",
            "memtable_heap_space": "64MiB",
            "memtable_offheap_space": "64MiB",
            "key_cache_size": "8MiB",
            "file_cache_size": "32MiB",
            "networking_cache_size": "16MiB",
        }

    def command(self) -> Sequence[str | Path]:
        return [find_java(), f"@{self._arguments}"]

    def is_ready(self) -> bool:
        answer = ask(self.host, self.port, OPTIONS, length=HEADER_LENGTH)
        return len(answer) == HEADER_LENGTH and answer[4] == SUPPORTED

    @property
    def _arguments(self) -> Path:
        return self.directory / "java.arguments"
