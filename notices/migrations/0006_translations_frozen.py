"""A translation is published with its version, and frozen with it."""

from django.db import migrations

TABLES = ["notices_translation", "notices_translatedsection"]


def frozen_part(table):
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION notices_refuse_change_of_part();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER frozen;
        """,
        f"DROP TRIGGER IF EXISTS frozen ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_translations")]

    operations = [frozen_part(table) for table in TABLES]
