"""Indexes of the log by event, who did it, when, and about whom or what."""

from django.db import migrations

INDEXES = {
    "log_entry_by_event": "(log_value(body, 'event'), seq)",
    "log_entry_by_person": "(log_value(body, 'by'), seq)",
    "log_entry_by_person_and_event": "(log_value(body, 'by'), log_value(body, 'event'), seq)",
    "log_entry_by_time": "(log_value(body, 'at'), seq)",
    # Without a list of what waits to be added, which now and then one who appends would have to empty.
    "log_entry_by_reference": "USING gin (log_references(body)) WITH (fastupdate = off)",
}


class Migration(migrations.Migration):
    # Entries are appended meanwhile.
    atomic = False
    dependencies = [("log", "0004_search_functions")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {name} ON log_entry {what}",
            f"DROP INDEX CONCURRENTLY {name}",
        )
        for name, what in INDEXES.items()
    ]
