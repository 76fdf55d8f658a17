"""Triggers that count the stamp up, for migrations of tables that public pages are made from."""

from django.db import migrations

FUNCTION_SQL = """
CREATE FUNCTION portal_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public_pages_stamp SET number = number + 1, at = clock_timestamp();
    RETURN NULL;
END
$$;
INSERT INTO public_pages_stamp (id, number, at) VALUES (1, 0, clock_timestamp());
"""


def stamped(*tables: str) -> list[migrations.RunSQL]:
    """Count the stamp up with each statement that changes one of the tables, whoever runs it."""
    return [
        migrations.RunSQL(
            f"""
CREATE TRIGGER stamped AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION portal_stamp();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER stamped;
""",
            f"DROP TRIGGER stamped ON {table}",
        )
        for table in tables
    ]
