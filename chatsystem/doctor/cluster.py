"""Cassandra."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from chatsystem.doctor.findings import Finding, failed, ok, version_of, warning
from chatsystem.errors import StorageUnavailable
from messaging.store import diagnosis, health
from messaging.store.diagnosis import Keyspace, Node

MINIMUM = (4, 1)
STEP = 2.0  # seconds that a node may take for an answer
FORBIDDEN_SKEW = 5.0  # seconds: with clocks further apart, totals and catching up could miss a message
NOTED_SKEW = 1.0  # seconds
MIGRATE = "Run manage.py migrate_cassandra."
REPLICATION = "See CASSANDRA_DATACENTER and CASSANDRA_REPLICATION_FACTOR; ALTER KEYSPACE, then nodetool repair -full."


def examine() -> Iterator[Finding]:
    """Reachable, the nodes one by one, the keyspace, the tables."""
    silent = silent_addresses()
    try:
        cluster = diagnosis.examine(timeout=STEP)
    except StorageUnavailable as error:
        yield failed(f"unreachable ({_reason(error)})", "Start it, or set CASSANDRA_NODES and the account.")
        return
    for address in silent:
        yield warning(f"{address} doesn't answer", "Start that node, or leave it out of CASSANDRA_NODES.")
    for node in cluster.nodes:
        yield from _node(node)
    yield from _agreement(cluster.nodes)
    yield from _datacenter(cluster.nodes)
    yield from _keyspace(cluster.keyspace)
    if cluster.keyspace is not None:
        yield from _commit_log(cluster.nodes, cluster.keyspace)
        yield _schema()


def silent_addresses() -> list[str]:
    """Return those of CASSANDRA_NODES that take no connection."""
    addresses = [(host, settings.CASSANDRA_PORT) for host in settings.CASSANDRA_NODES]
    with ThreadPoolExecutor(len(addresses)) as pool:
        listening = list(pool.map(_listens, addresses))
    return [f"{host}:{port}" for (host, port), listens in zip(addresses, listening, strict=True) if not listens]


def _listens(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=STEP):
            return True
    except OSError:
        return False


def _reason(error: StorageUnavailable) -> str:
    """Return the driver's own word: of several nodes' errors the first one's, without the addresses before it."""
    cause = error.__cause__
    errors = getattr(cause, "errors", None)
    return type(next(iter(errors.values())) if isinstance(errors, dict) and errors else cause).__name__


def _node(node: Node) -> Iterator[Finding]:
    if not node.version:
        yield warning(f"node {node.address} doesn't answer", "Start it, or remove it from the cluster.")
        return
    yield version_of(f"node {node.address}:", node.version, MINIMUM)
    if abs(node.skew) > NOTED_SKEW:
        finding = failed if abs(node.skew) > FORBIDDEN_SKEW else warning
        message = f"the clock of node {node.address} is {abs(node.skew):.1f} s {'ahead' if node.skew > 0 else 'behind'}"
        yield finding(message, "Have this machine and the nodes take their time from NTP.")


def _agreement(nodes: Sequence[Node]) -> Iterator[Finding]:
    schemas = {node.schema for node in nodes if node.schema}
    if len(schemas) == 1:
        yield ok("all nodes that answer have the same schema")
    elif schemas:
        yield warning(
            f"the nodes have {len(schemas)} different schemas", "Wait a minute; then see nodetool describecluster."
        )


def _datacenter(nodes: Sequence[Node]) -> Iterator[Finding]:
    found = {node.datacenter for node in nodes if node.datacenter}
    if settings.CASSANDRA_DATACENTER not in found:
        yield failed(
            f"no node is in the data centre {settings.CASSANDRA_DATACENTER}, so none is used",
            f"Set CASSANDRA_DATACENTER to one of {', '.join(sorted(found))}.",
        )


def _keyspace(keyspace: Keyspace | None) -> Iterator[Finding]:
    name = settings.DATABASES["cassandra"]["NAME"]
    if keyspace is None:
        yield failed(f"there is no keyspace {name}", f"{MIGRATE} Or set CASSANDRA_KEYSPACE.")
        return
    wanted = settings.CASSANDRA_REPLICATION_FACTOR
    if keyspace.strategy != "NetworkTopologyStrategy":
        yield failed(f"{name} has {keyspace.strategy}, not NetworkTopologyStrategy", REPLICATION)
    elif (replicas := keyspace.replicas.get(settings.CASSANDRA_DATACENTER, 0)) != wanted:
        where = settings.CASSANDRA_DATACENTER
        yield failed(f"{name} is kept {replicas} times in {where}, and the settings say {wanted}", REPLICATION)
    else:
        yield ok(f"{name} is kept {wanted} times in {settings.CASSANDRA_DATACENTER}")
    if not keyspace.durable_writes:
        mend = f"ALTER KEYSPACE {name} WITH durable_writes = true"
        yield failed(f"{name} writes no log: a node that is killed loses messages", mend)


def _commit_log(nodes: Sequence[Node], keyspace: Keyspace) -> Iterator[Finding]:
    """With one copy there is no other node that could give back what was acknowledged and not yet on the disk."""
    if keyspace.replicas.get(settings.CASSANDRA_DATACENTER) != 1:
        return
    for node in nodes:
        if node.commitlog_sync == "periodic":
            yield failed(
                f"messages of the last seconds are lost when node {node.address} is killed (commitlog_sync periodic)",
                "Set commitlog_sync: batch in cassandra.yaml, or keep messages on three nodes.",
            )
        elif node.version and not node.commitlog_sync:
            yield warning(
                f"commitlog_sync of node {node.address} can't be read", "It must be batch: see cassandra.yaml."
            )


def _schema() -> Finding:
    try:
        missing = health.missing_parts()
    except StorageUnavailable as error:
        return failed(f"the service's own connection can't be made ({_reason(error)})", "See CASSANDRA_DATACENTER.")
    if missing:
        return failed(f"the keyspace lacks {', '.join(missing)}", MIGRATE)
    return ok("all tables are there")
