"""The trigger that keeps the parts of a published version (N1), for migrations."""

from django.db import migrations


def frozen_part(table: str) -> migrations.RunSQL:
    """Rows of `table` (with a `version_id`) change only while their version is a draft."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION notices_refuse_change_of_part();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER frozen;
        """,
        f"DROP TRIGGER IF EXISTS frozen ON {table}",
    )
