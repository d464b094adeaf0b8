"""How the driver speaks to the cluster. Settings ask for this, so nothing of Django may be needed here."""

import ssl
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, RetryPolicy, TokenAwarePolicy
from cassandra.query import dict_factory, tuple_factory

CONNECT_TIMEOUT = 2  # seconds
# Seconds. Below 5, so that a send's rows lie within the 10 s that catching up and totals read again.
REQUEST_TIMEOUT = 4
RECONNECT_EVERY = 1  # seconds: a node that is back is used again at once; the driver's own pause grows to 10 minutes
PROTOCOL = 4  # version 5 frames in Python: 50 rows then cost a third more CPU

ROWS = "rows"  # the profile of prepared statements: tuples, which cost half of what dicts do


def connection_options(*, port: int, datacenter: str, authority: str = "") -> dict[str, Any]:
    """Return the engine's `OPTIONS["connection"]`: lazy, so an absent cluster stops no process from starting.

    `authority` is a file with the certificate of whoever signed the nodes' own; connections are encrypted then, and a
    node that can't show one for its address is none of ours.
    """
    return {
        **({"ssl_context": ssl.create_default_context(cafile=authority)} if authority else {}),
        "lazy_connect": True,
        "retry_connect": True,
        "port": port,
        "protocol_version": PROTOCOL,
        "connect_timeout": CONNECT_TIMEOUT,
        "control_connection_timeout": CONNECT_TIMEOUT,
        "reconnection_policy": ConstantReconnectionPolicy(RECONNECT_EVERY, max_attempts=None),
        "execution_profiles": {
            EXEC_PROFILE_DEFAULT: _profile(datacenter, dict_factory),  # the models' own queries want dicts
            ROWS: _profile(datacenter, tuple_factory),
        },
    }


def _profile(datacenter: str, row_factory: Any) -> ExecutionProfile:
    return ExecutionProfile(
        # A node that has the row itself, of our data centre: another one's can't make up a LOCAL_QUORUM of ours.
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=datacenter)),
        # Goes on with the next node where one is down or overloaded, and tries once more where the batch's log was not
        # written in time. Nothing doubles: writes name their stamps, and who claims a send key twice finds it claimed.
        retry_policy=RetryPolicy(),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=REQUEST_TIMEOUT,
        row_factory=row_factory,
    )
