"""References that the database checks once for a statement, not once for a row: for migrations.

A foreign key of PostgreSQL looks up each new row by itself, which for a roll of 100,000
pupils takes longer than storing them (docs/decisions/03). These triggers promise the
same: no row refers to what is not there, whoever writes, and what is referred to stays.
TRUNCATE of these tables is refused already: tables that are only ever added to refer to them
by foreign keys.
"""

from django.db import migrations

# The second half of the advisory lock is the table referred to. A statement that adds
# references shares it until its transaction ends; one that deletes takes it for itself.
FUNCTIONS_SQL = """
CREATE FUNCTION portal_check_reference() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20561, TG_ARGV[1]::regclass::oid::integer);
    -- EXECUTE plans anew each time: by the size that the tables have now.
    EXECUTE format(
        'SELECT min(added.%1$I::text) FROM added LEFT JOIN %2$I ON %2$I.id = added.%1$I '
        'WHERE %2$I.id IS NULL', TG_ARGV[0], TG_ARGV[1]) INTO missing;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% refers to % %, which is not there.', TG_TABLE_NAME, TG_ARGV[1], missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION portal_keep_referred() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referred boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(20561, TG_RELID::integer);
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1])
        INTO referred USING OLD.id;
    IF referred THEN
        RAISE EXCEPTION '% is still referred to by %.', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
"""
DROP_FUNCTIONS_SQL = "DROP FUNCTION portal_check_reference(); DROP FUNCTION portal_keep_referred();"


def checked_by_statement(table: str, column: str, to: str) -> migrations.RunSQL:
    """Let a column hold only ids of the table `to`, and keep those rows there."""
    return migrations.RunSQL(
        sql=f"""
CREATE TRIGGER {column}_refers_on_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION portal_check_reference('{column}', '{to}');
CREATE TRIGGER {column}_refers_on_update AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION portal_check_reference('{column}', '{to}');
CREATE TRIGGER {table}_keeps_on_delete AFTER DELETE ON {to}
    FOR EACH ROW EXECUTE FUNCTION portal_keep_referred('{table}', '{column}');
CREATE TRIGGER {table}_keeps_on_update AFTER UPDATE OF id ON {to}
    FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION portal_keep_referred('{table}', '{column}');
""",
        reverse_sql=f"""
DROP TRIGGER {column}_refers_on_insert ON {table};
DROP TRIGGER {column}_refers_on_update ON {table};
DROP TRIGGER {table}_keeps_on_delete ON {to};
DROP TRIGGER {table}_keeps_on_update ON {to};
""",
    )
