"""The head row, and entries that nobody can change (L2)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import FUNCTION_SQL, append_only


class Migration(migrations.Migration):
    dependencies = [("log", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION_SQL, "DROP FUNCTION portal_refuse_change()"),
        append_only("log_entry"),
        migrations.RunSQL(
            "INSERT INTO log_head (id, size, frontier) VALUES (1, 0, '')",
            "DELETE FROM log_head",
        ),
    ]
