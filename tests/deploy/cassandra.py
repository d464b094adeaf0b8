"""A node as the deployment configures it: our `cassandra.yaml`, our log and the exporter, on this machine.

`python -m tests.deploy.cassandra` makes the lock file of the exporter anew.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

import yaml

from embedded import jars
from embedded.cassandra import Cassandra
from embedded.java import argument_file
from embedded.ports import free_ports
from embedded.resolve import write_lock
from tests.server import ROOT

SOURCE = ROOT / "deploy" / "cassandra"
LOCK_FILE = SOURCE / "exporter.lock"
EXPORTER = "io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1"
# What a node of the tests has of its own: where it is, and the sizes of a small one.
OF_THE_NODE = (
    *("listen_address", "storage_port", "rpc_address", "native_transport_port", "seed_provider"),
    *("data_file_directories", "commitlog_directory", "saved_caches_directory", "hints_directory", "cdc_raw_directory"),
    *("concurrent_reads", "concurrent_writes", "commitlog_total_space", "commitlog_segment_size"),
    *("memtable_heap_space", "memtable_offheap_space", "key_cache_size", "file_cache_size", "networking_cache_size"),
    "auto_bootstrap",
)


def deployed_settings() -> dict[str, object]:
    """Return `deploy/cassandra/cassandra.yaml`."""
    settings: dict[str, object] = yaml.safe_load((SOURCE / "cassandra.yaml").read_text())
    return settings


class DeployedCassandra(Cassandra):
    """A cluster of one such node; `extra` is set on top of its configuration."""

    def __init__(self, directory: Path, **extra: object) -> None:
        native, storage, self.exporter_port = free_ports(3)
        super().__init__(directory, native, storage_port=storage)
        self.extra = extra

    def settings(self) -> dict[str, object]:
        own = super().settings()
        kept = {name: own[name] for name in OF_THE_NODE}
        return {**deployed_settings(), **kept, **self.extra}

    def prepare(self) -> None:
        super().prepare()
        (exporter,) = jars.fetch(jars=jars.read_lock(LOCK_FILE), what="the exporter")
        rack = self.directory / "cassandra-rackdc.properties"
        rack.write_text("dc=datacenter1\nrack=rack1\n")
        more = [
            f"-javaagent:{exporter}=127.0.0.1:{self.exporter_port}:{SOURCE / 'exporter.yaml'}",
            f"-Dlogback.configurationFile={SOURCE / 'logback.xml'}",
            f"-Dchat.log={self.log}",
            f"-Dcassandra-rackdc.properties={rack.as_uri()}",
            "-Dcassandra.system_auth.default_rf=1",
            # Its role is made this soon after the start, where ten seconds are the default.
            "-Dcassandra.superuser_setup_delay_ms=0",
        ]
        own = [
            line for line in shlex.split(self._arguments.read_text()) if "logback" not in line or line.endswith(".jar")
        ]
        self._arguments.write_text(argument_file([*more, *own]))

    @property
    def metrics_url(self) -> str:
        """Where Prometheus asks."""
        return f"http://127.0.0.1:{self.exporter_port}/metrics"


def names_of_jars() -> Sequence[str]:
    """Return what the lock file names."""
    return [jar.coordinate for jar in jars.read_lock(LOCK_FILE)]


if __name__ == "__main__":
    write_lock(LOCK_FILE, EXPORTER, command="python -m tests.deploy.cassandra")
