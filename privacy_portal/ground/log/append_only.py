"""Tables that the database itself lets nobody change: for migrations, and for the start check."""

from django.db import connection, migrations

FUNCTION_SQL = """
CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are only ever added: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table` for every role (docs/rulebook.md, L2, C5).

    ENABLE ALWAYS: replication roles do not slip past either.
    """
    return migrations.RunSQL(
        sql=f"""
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table;
""",
        reverse_sql=f"""
DROP TRIGGER append_only_rows ON {table};
DROP TRIGGER append_only_table ON {table};
""",
    )


def guarded_tables() -> set[str]:
    """Return the tables on which both append-only triggers stand and always fire."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tgrelid::regclass::text FROM pg_trigger
            WHERE tgname IN ('append_only_rows', 'append_only_table') AND tgenabled = 'A'
            GROUP BY tgrelid HAVING count(*) = 2
            """
        )
        return {table for (table,) in cursor.fetchall()}
