"""Three real nodes on this machine's addresses 127.0.1.1 to 127.0.1.3, each row on all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cassandra import ConsistencyLevel, DriverException, Unavailable
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy

from embedded.cassandra import Cassandra
from embedded.ports import free_ports
from messaging.store.cluster import PROTOCOL
from tests.embedded.waiting import wait_until

HOSTS = ("127.0.1.1", "127.0.1.2", "127.0.1.3")
PATIENCE = 180.0  # seconds for a node to join: three start Java at once on the tests' two cores


class Ring:
    """The nodes, and what a service needs to find them."""

    def __init__(self, directory: Path) -> None:
        native, storage = free_ports(2)
        self.nodes = [
            Cassandra(directory / host, native, storage_port=storage, host=host, seeds=HOSTS[:1], cluster_name="ring")
            for host in HOSTS
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What the service is told: all nodes, and to keep each row on three."""
        return {
            "CASSANDRA_NODES": ",".join(node.nodes for node in self.nodes),
            "CASSANDRA_REPLICATION_FACTOR": str(len(self.nodes)),
        }

    def start(self) -> None:
        """Start the first, then the others; return when each sees all of them up."""
        seed, *others = self.nodes
        seed.start()
        seed.wait_ready(PATIENCE)
        for node in others:
            node.start()
        for node in others:
            node.wait_ready(PATIENCE)
        wait_until(self.is_whole, seconds=int(PATIENCE))

    def kill(self) -> None:
        """End all of them at once."""
        for node in self.nodes:
            node.kill()

    def is_whole(self) -> bool:
        """Whether each node sees all of them up."""
        return all(sees_all(node) for node in self.nodes)


def sees_all(node: Cassandra) -> bool:
    """Whether a node gets an answer of each of three copies of something."""
    return _refusal_of_all(node) is None


def misses_one(node: Cassandra) -> bool:
    """Whether a node knows that another one is gone, so that nobody waits for it any more."""
    return isinstance(_refusal_of_all(node), Unavailable)


def _refusal_of_all(node: Cassandra) -> Exception | None:
    """Ask a node for three copies of something; return what it says instead, if it does."""
    profile = ExecutionProfile(
        load_balancing_policy=WhiteListRoundRobinPolicy([node.host]),
        retry_policy=FallthroughRetryPolicy(),
        consistency_level=ConsistencyLevel.ALL,
        request_timeout=5,
    )
    cluster = Cluster(
        [node.host], port=node.port, protocol_version=PROTOCOL, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
    )
    try:
        # A table that each cluster has, kept three times.
        cluster.connect().execute("SELECT * FROM system_distributed.view_build_status LIMIT 1")
    except (DriverException, NoHostAvailable) as error:
        refusal: Exception = error
        return refusal
    finally:
        cluster.shutdown()
    return None


@contextmanager
def running_ring(directory: Path) -> Iterator[Ring]:
    """A ring until the end of the block."""
    ring = Ring(directory)
    try:
        ring.start()
        yield ring
    finally:
        ring.kill()
