"""The keyspace, and whether it is what the models say."""

from io import StringIO
from typing import Any

from cassandra.cqlengine.models import Model
from django.core.management import call_command
from django.db import connections

from messaging.store.session import ALIAS, get_bare_session, get_session, outages


def models() -> list[type[Model]]:
    """Return the models of all tables."""
    introspection: Any = connections[ALIAS].introspection
    found: dict[str, list[type[Model]]] = introspection.cql_models  # by app
    return [model for group in found.values() for model in group]


def synchronize() -> None:
    """Make the keyspace, tables and columns that are missing. Raises `StorageUnavailable`."""
    get_bare_session()
    with outages():
        call_command("sync_cassandra", database=ALIAS, stdout=StringIO())


def missing_parts() -> list[str]:
    """Return the tables and columns that the keyspace lacks, as `table` or `table.column`. Raises `StorageUnavailable`.

    Answered from the driver's copy of the schema, which it keeps up to date: no request.
    """
    keyspace = get_session().cluster.metadata.keyspaces.get(connections[ALIAS].settings_dict["NAME"])
    tables = keyspace.tables if keyspace else {}
    missing = []
    for model in models():
        table = model.column_family_name(include_keyspace=False)
        if table not in tables:
            missing.append(table)
            continue
        columns = (column.db_field_name for column in model._columns.values())
        missing += [f"{table}.{column}" for column in columns if column not in tables[table].columns]
    return missing
