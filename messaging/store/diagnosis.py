"""What an operator wants to know of the cluster, asked by a connection of its own.

The process's session speaks to its own data centre only, by one version of the protocol, in our keyspace; what is to be
found here is whether these are right.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

from cassandra import ConsistencyLevel, InvalidRequest, OperationTimedOut, RequestExecutionException, Unauthorized
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import RoundRobinPolicy
from cassandra.pool import Host
from cassandra.query import tuple_factory
from django.conf import settings

from messaging.store.session import ALIAS, outages

NODE = "SELECT release_version, data_center, toTimestamp(now()), schema_version FROM system.local"
SETTING = "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'"
KEYSPACE = "SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = %s"

# What a node may answer while the others are fine, or while we are only not allowed to ask.
REFUSALS = (NoHostAvailable, OperationTimedOut, RequestExecutionException, InvalidRequest, Unauthorized)


@dataclass(frozen=True)
class Node:
    """What one node says of itself; only its address where it doesn't answer."""

    address: str
    version: str = ""
    datacenter: str = ""
    skew: float = 0.0  # seconds by which its clock is ahead of ours, give or take half of the round trip
    commitlog_sync: str = ""  # empty also where we may not read it
    schema: str = ""  # the same on all nodes, but for a moment after a change


@dataclass(frozen=True)
class Keyspace:
    """How the cluster keeps our tables."""

    strategy: str
    replicas: dict[str, int]  # by data centre
    durable_writes: bool


@dataclass(frozen=True)
class Diagnosis:
    """The nodes, those too that the settings don't name, and our keyspace where there is one."""

    nodes: list[Node]
    keyspace: Keyspace | None


def examine(*, timeout: float) -> Diagnosis:
    """Ask each node, `timeout` seconds at most for each step. Raises `StorageUnavailable` where none answers."""
    with outages(), _connected(timeout) as session:
        hosts = session.cluster.metadata.all_hosts()
        with ThreadPoolExecutor(len(hosts)) as pool:  # one that hangs keeps no other waiting
            nodes = list(pool.map(partial(_ask, session), hosts))
        return Diagnosis(nodes, _find_keyspace(session))


@contextmanager
def _connected(timeout: float) -> Iterator[Session]:
    account = settings.DATABASES[ALIAS]
    options: dict[str, Any] = {}
    if account["USER"] and account["PASSWORD"]:
        options["auth_provider"] = PlainTextAuthProvider(account["USER"], account["PASSWORD"])
    if encryption := account["OPTIONS"]["connection"].get("ssl_context"):
        options["ssl_context"] = encryption
    profile = ExecutionProfile(
        load_balancing_policy=RoundRobinPolicy(),
        consistency_level=ConsistencyLevel.ONE,
        request_timeout=timeout,
        row_factory=tuple_factory,
    )
    cluster = Cluster(
        settings.CASSANDRA_NODES,
        port=settings.CASSANDRA_PORT,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=timeout,
        control_connection_timeout=timeout,
        **options,
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()


def _ask(session: Session, host: Host) -> Node:
    began = time.time()
    try:
        ((version, datacenter, clock, schema),) = session.execute(NODE, host=host)
    except REFUSALS:
        return Node(host.address)
    ours = (began + time.time()) / 2
    sync = ""
    with suppress(*REFUSALS):
        ((sync,),) = session.execute(SETTING, host=host)
    skew = clock.replace(tzinfo=UTC).timestamp() - ours
    return Node(host.address, version, datacenter, skew, sync, str(schema))


def _find_keyspace(session: Session) -> Keyspace | None:
    rows = list(session.execute(KEYSPACE, [settings.DATABASES[ALIAS]["NAME"]]))
    if not rows:
        return None
    ((replication, durable_writes),) = rows
    replicas = {name: int(count) for name, count in replication.items() if name != "class"}
    return Keyspace(replication["class"].rpartition(".")[2], replicas, durable_writes)
