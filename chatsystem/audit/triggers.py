"""What keeps the audit log as it is in the database itself: triggers that refuse whatever isn't an entry at its end.

They bind everybody who speaks to the database, its superuser until they are dropped. A migration that alters one of the
two tables must make them anew: Django rebuilds SQLite's tables to alter them, and triggers go with the old one.
"""

from typing import Any

ENTRIES, HEAD = "chatsystem_auditentry", "chatsystem_audithead"
APPEND_ONLY = "the audit log is append-only"

# INSERT OR REPLACE removes the old row and asks none of the triggers that keep rows.
_ENTRY_IS_THERE = f"EXISTS (SELECT 1 FROM {ENTRIES} WHERE number = NEW.number)"  # noqa: S608  (the name is ours)
_HEAD_IS_THERE = f"EXISTS (SELECT 1 FROM {HEAD} WHERE id = NEW.id)"  # noqa: S608  (as above)
_HEAD_GOES_BACK = "NEW.id <> OLD.id OR NEW.number <= OLD.number"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"

SQLITE = (
    f"CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE ON {ENTRIES} {_REFUSE}",
    f"CREATE TRIGGER audit_entry_stays BEFORE DELETE ON {ENTRIES} {_REFUSE}",
    f"CREATE TRIGGER audit_entry_is_new BEFORE INSERT ON {ENTRIES} WHEN {_ENTRY_IS_THERE} {_REFUSE}",
    f"CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON {HEAD} WHEN {_HEAD_GOES_BACK} {_REFUSE}",
    f"CREATE TRIGGER audit_head_stays BEFORE DELETE ON {HEAD} {_REFUSE}",
    f"CREATE TRIGGER audit_head_is_one BEFORE INSERT ON {HEAD} WHEN {_HEAD_IS_THERE} {_REFUSE}",
)
POSTGRESQL = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'restrict_violation'; END $$",
    f"CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE ON {ENTRIES} EXECUTE FUNCTION audit_refuse()",
    f"CREATE TRIGGER audit_entry_stays BEFORE DELETE OR TRUNCATE ON {ENTRIES} EXECUTE FUNCTION audit_refuse()",
    f"CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON {HEAD} FOR EACH ROW"
    f" WHEN ({_HEAD_GOES_BACK}) EXECUTE FUNCTION audit_refuse()",
    f"CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON {HEAD} EXECUTE FUNCTION audit_refuse()",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
FIND = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)",
    # Without those that were switched off (`ALTER TABLE ... DISABLE TRIGGER`).
    "postgresql": "SELECT tgname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid"
    " WHERE relname IN (%s, %s) AND pg_table_is_visible(pg_class.oid) AND NOT tgisinternal AND tgenabled IN ('O', 'A')",
}


def create(connection: Any) -> None:
    """Make the triggers; a migration calls this."""
    with connection.cursor() as cursor:
        for statement in STATEMENTS[connection.vendor]:
            cursor.execute(statement)


def drop(connection: Any) -> None:
    """Remove them, for a migration that goes back or alters a table."""
    with connection.cursor() as cursor:
        for name, table in TABLES[connection.vendor].items():
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION audit_refuse()")


def missing(connection: Any) -> list[str]:
    """Return the names of those that aren't there, or don't act."""
    with connection.cursor() as cursor:
        cursor.execute(FIND[connection.vendor], [ENTRIES, HEAD])
        found = {name for (name,) in cursor.fetchall()}
    return sorted(TABLES[connection.vendor].keys() - found)


def _tables(statements: tuple[str, ...]) -> dict[str, str]:
    """Return the table of each trigger, from the statements that make them."""
    words = [statement.split() for statement in statements if statement.startswith("CREATE TRIGGER")]
    return {line[2]: line[line.index("ON") + 1] for line in words}


TABLES = {vendor: _tables(statements) for vendor, statements in STATEMENTS.items()}
