"""Who may do what in the cluster: one superuser, for schemas, and a role of the service that can only read and write.

A new cluster lets everybody in as `cassandra` with the same word for a password. That role makes ours and is dropped.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cassandra import AuthenticationFailed, ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.metadata import protect_name, protect_value
from cassandra.policies import DCAwareRoundRobinPolicy
from cassandra.query import tuple_factory
from django.conf import settings
from django.db import connections

from messaging.store import schema
from messaging.store.session import ALIAS, outages

EVERYBODYS = "cassandra"  # name and password of the role that each new cluster has
TIMEOUT = 30  # seconds: a cluster that has just come up is slow
FORGOTTEN = 30  # seconds: nodes remember a role for `credentials_validity`, which is 10 s in `deploy`
KEYSPACE_OF_ROLES = "system_auth"

ROLES = "SELECT role FROM system_auth.roles"
RIGHTS = "SELECT resource, permissions FROM system_auth.role_permissions WHERE role = %s"
REPLICATION = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s"

Tell = Callable[[str], None]
Account = tuple[str, str]  # name and password


class NoWayIn(Exception):
    """Neither the superuser that the settings name nor the one of a new cluster may log in."""


def prepare(*, service: str, password: str, tell: Tell) -> None:
    """Make the superuser that the settings name and the role `service`, and drop the one that everybody knows.

    Changes nothing where all of it is so. Makes the keyspace too, since rights to it are given here. Raises
    `StorageUnavailable`, and `NoWayIn` where roles were made with other passwords.
    """
    account = settings.DATABASES[ALIAS]
    with outages("roles"):
        _prepare((account["USER"], account["PASSWORD"]), service, password, tell)


def _prepare(superuser: Account, service: str, password: str, tell: Tell) -> None:
    if not _may_log_in(superuser):
        if not _may_log_in((EVERYBODYS, EVERYBODYS)):
            raise NoWayIn
        with _connected((EVERYBODYS, EVERYBODYS)) as session:
            session.execute(f"CREATE ROLE {_role(*superuser)} AND SUPERUSER = true")
            tell(f"Made the superuser {superuser[0]}.")
    schema.make_keyspace()
    with _connected(superuser) as session:
        _spread(session, tell)
        roles = {name for (name,) in session.execute(ROLES)}
        if EVERYBODYS in roles:
            session.execute(f"DROP ROLE IF EXISTS {EVERYBODYS}")
            _wait_until_shut_out(tell)
            tell(f"Dropped the superuser {EVERYBODYS}, which every new cluster has.")
        if service not in roles:
            session.execute(f"CREATE ROLE {_role(service, password)}")
            tell(f"Made the role {service}.")
        elif not _may_log_in((service, password)):
            session.execute(f"ALTER ROLE {_role(service, password)}")
            tell(f"Gave the role {service} its new password.")
        _grant(session, service)


def _wait_until_shut_out(tell: Tell) -> None:
    """Return when no node lets in any more whoever knows what everybody knows."""
    deadline = time.monotonic() + FORGOTTEN
    while time.monotonic() < deadline:
        with suppress(NoHostAvailable):  # let in once and not the next time: it is being forgotten
            if not _may_log_in((EVERYBODYS, EVERYBODYS)):
                return
        time.sleep(1)
    tell(f"Nodes may let {EVERYBODYS} in until their credentials_validity has passed.")


def _role(name: str, password: str) -> str:
    # Roles take no bound values.
    return f"{protect_name(name)} WITH PASSWORD = {protect_value(password)} AND LOGIN = true"


def _grant(session: Session, service: str) -> None:
    """Give the service what it lacks to read and write rows of ours, and to ask nodes how they are set (`doctor`).

    Nothing where it has all: each data centre must confirm what is given, and one that is lost may hold up no start.
    """
    has = dict(session.execute(RIGHTS, [service]))
    ours = schema.keyspace_name()
    for right, keyspace in (("SELECT", ours), ("MODIFY", ours), ("SELECT", "system_views")):
        if right not in has.get(f"data/{keyspace}", ()):
            session.execute(f"GRANT {right} ON KEYSPACE {protect_name(keyspace)} TO {protect_name(service)}")


def _spread(session: Session, tell: Tell) -> None:
    """Keep roles as often as messages, in each data centre: a node that holds none lets nobody in."""
    wanted = dict(connections[ALIAS].settings_dict["OPTIONS"]["replication"])
    wanted["class"] = wanted.pop("strategy_class")
    ((there,),) = session.execute(REPLICATION, [KEYSPACE_OF_ROLES])
    found = {**there, "class": there["class"].rpartition(".")[2]}
    if found == {name: str(value) for name, value in wanted.items()}:
        return
    text = ", ".join(f"'{name}': '{value}'" for name, value in wanted.items())
    session.execute(f"ALTER KEYSPACE {KEYSPACE_OF_ROLES} WITH replication = {{{text}}}")
    tell(f"Roles are kept as often as messages; on a cluster that is not new, run nodetool repair {KEYSPACE_OF_ROLES}.")


def _may_log_in(account: Account) -> bool:
    try:
        with _connected(account):
            return True
    except NoHostAvailable as error:
        # A list of nodes, without reasons, where one let the first connection in and none behind it.
        reasons = error.errors.values() if isinstance(error.errors, dict) else ()
        if any(isinstance(reason, AuthenticationFailed) for reason in reasons):
            return False
        raise


@contextmanager
def _connected(account: Account) -> Iterator[Session]:
    profile = ExecutionProfile(
        load_balancing_policy=DCAwareRoundRobinPolicy(local_dc=settings.CASSANDRA_DATACENTER),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=TIMEOUT,
        row_factory=tuple_factory,
    )
    options: dict[str, Any] = settings.DATABASES[ALIAS]["OPTIONS"]["connection"]
    cluster = Cluster(
        settings.CASSANDRA_NODES,
        port=settings.CASSANDRA_PORT,
        auth_provider=PlainTextAuthProvider(*account),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=options["protocol_version"],
        ssl_context=options.get("ssl_context"),
        connect_timeout=TIMEOUT,
        control_connection_timeout=TIMEOUT,
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()
