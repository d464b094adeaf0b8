"""The keyspace, and whether it is what the models say."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from cassandra import DriverException, RequestValidationException, protocol
from cassandra.cluster import Session
from cassandra.cqlengine import CQLEngineException
from cassandra.cqlengine.models import Model
from cassandra.metadata import TableMetadata, protect_name
from django.core.management import call_command
from django.db import connections

from chatsystem.errors import StorageUnavailable
from messaging.store.migration.errors import NodesDisagree, SchemaError, StepFailed
from messaging.store.session import ALIAS, get_bare_session, outages

TIMEOUT = 30  # seconds for a change of the schema, which a busy cluster may need
REFUSALS = (RequestValidationException, protocol.RequestValidationException)


def models() -> list[type[Model]]:
    """Return the models of all tables."""
    introspection: Any = connections[ALIAS].introspection
    found: dict[str, list[type[Model]]] = introspection.cql_models  # by app
    return [model for group in found.values() for model in group]


def synchronize() -> None:
    """Make the keyspace, tables and columns that are missing. Raises `StorageUnavailable` and `SchemaError`."""
    make_keyspace()
    replication = connections[ALIAS].settings_dict["OPTIONS"]["replication"]
    before = dict(replication)
    try:
        with outages("schema"), refusals("The keyspace can't be brought to the models"):
            call_command("sync_cassandra", database=ALIAS, stdout=StringIO())
    except CQLEngineException as error:
        raise SchemaError(f"Only a numbered step can bring the keyspace to the models: {error}") from error
    finally:
        replication |= before  # the command takes some of it out of the settings
    wait_for_agreement()


def make_keyspace() -> None:
    """Make the keyspace where there is none. Any number of processes may do so at once."""
    name, replication = keyspace_name(), dict(connections[ALIAS].settings_dict["OPTIONS"]["replication"])
    if name not in get_bare_session().cluster.metadata.keyspaces:
        options = {"class": replication.pop("strategy_class"), **replication}
        text = ", ".join(f"'{option}': '{value}'" for option, value in options.items())
        create(f"CREATE KEYSPACE IF NOT EXISTS {protect_name(name)} WITH replication = {{{text}}}")


def create(statement: str) -> None:
    """Run a CREATE ... IF NOT EXISTS that needs no lock, and return when all nodes know of it."""
    session = get_bare_session()
    with outages("schema"), refusals("The keyspace can't be made"):
        # Two nodes that make a table at the same time make two of them, which never agree; one node makes one.
        session.execute(statement, timeout=TIMEOUT, host=_first_host(session))
    wait_for_agreement()


def _first_host(session: Session) -> Any:
    return min(session.get_pool_state(), key=lambda host: str(host.address))


def wait_for_agreement() -> None:
    """Return when all nodes that are up have the same schema, and the driver knows it. Raises `NodesDisagree`."""
    cluster, began = get_bare_session().cluster, time.monotonic()
    try:
        # The session's own waiting can't read our rows: it wants another row factory.
        with outages("schema"):
            cluster.refresh_schema_metadata(max_schema_agreement_wait=TIMEOUT)
    except DriverException as error:
        if time.monotonic() - began < TIMEOUT:  # it gave up, so the connection was lost
            raise StorageUnavailable from error
        raise NodesDisagree(
            f"The nodes don't agree on the schema after {TIMEOUT} s: see `nodetool describecluster`, then run it again."
        ) from error


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn Cassandra's refusal of a statement into `StepFailed`, with `what` before its reason."""
    try:
        yield
    except REFUSALS as error:
        raise StepFailed(f"{what}: {error}") from error


def keyspace_name() -> str:
    """Return the name of our keyspace."""
    return str(connections[ALIAS].settings_dict["NAME"])


def tables() -> dict[str, TableMetadata] | None:
    """Return the keyspace's tables by name, or None without a keyspace. Raises `StorageUnavailable`.

    Answered from the driver's copy of the schema, which it keeps up to date: no request.
    """
    keyspace = get_bare_session().cluster.metadata.keyspaces.get(keyspace_name())
    return None if keyspace is None else dict(keyspace.tables)


def missing_parts() -> list[str]:
    """Return the tables and columns that the keyspace lacks, as `table` or `table.column`. Raises `StorageUnavailable`.

    Costs no request, as `tables`.
    """
    there = tables() or {}
    missing = []
    for model in models():
        table = model.column_family_name(include_keyspace=False)
        if table not in there:
            missing.append(table)
            continue
        columns = (column.db_field_name for column in model._columns.values())
        missing += [f"{table}.{column}" for column in columns if column not in there[table].columns]
    return missing


def differing_options() -> list[str]:
    """Return the options that the models name and existing tables have otherwise, as `table.option`."""
    there = tables() or {}
    named = [
        (model.column_family_name(include_keyspace=False), name, wanted)
        for model in models()
        for name, wanted in (model.__options__ or {}).items()
    ]
    return [
        f"{table}.{name}"
        for table, name, wanted in named
        if table in there and _differs(wanted, there[table].options.get(name))
    ]


def _differs(wanted: Any, existing: Any) -> bool:
    """Compare as `sync_cassandra` does: of a map only what is named, and its class without the package."""
    if not isinstance(wanted, dict):
        return str(wanted) != str(existing)
    there = dict(existing or {})
    return any(
        not (str(there.get(name)) == str(value) or (name == "class" and str(there.get(name)).endswith(f".{value}")))
        for name, value in wanted.items()
    )
