"""What the log is searched by: event, who did it, when, and whom or what an entry is about."""

from django.db import migrations

# A body that is not JSON, as somebody may leave it who tampers with the table, has no values: it is for
# `log verify` to say so. Neither function asks anything but its arguments. Their costs are said to be high so that
# entries are always looked up in an index, never read one after the other until enough of them fit.
FUNCTIONS = """
CREATE FUNCTION log_value(body bytea, name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT COST 10000 AS $$
BEGIN
    RETURN coalesce(convert_from(body, 'UTF8')::json ->> name, '');
EXCEPTION WHEN OTHERS THEN
    RETURN '';
END
$$;
CREATE FUNCTION log_references(body bytea) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT COST 10000 AS $$
    SELECT array(
        SELECT DISTINCT part
        FROM string_to_table(replace(encode(body, 'escape'), '"by":"', '"by":"-'), '"') part
        WHERE length(part) = 36 AND part LIKE '________-____-____-____-____________'
    )
$$;
"""
INDEXES = """
CREATE INDEX log_entry_by_event ON log_entry (log_value(body, 'event'), seq);
CREATE INDEX log_entry_by_person ON log_entry (log_value(body, 'by'), seq);
CREATE INDEX log_entry_by_person_and_event
    ON log_entry (log_value(body, 'by'), log_value(body, 'event'), seq);
CREATE INDEX log_entry_by_time ON log_entry (log_value(body, 'at'), seq);
-- Without a list of what waits to be added, which now and then one who appends would have to empty.
CREATE INDEX log_entry_by_reference
    ON log_entry USING gin (log_references(body)) WITH (fastupdate = off);
"""


class Migration(migrations.Migration):
    dependencies = [("log", "0003_account_changes")]

    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION log_value; DROP FUNCTION log_references"),
        migrations.RunSQL(
            INDEXES,
            "DROP INDEX log_entry_by_event, log_entry_by_person, log_entry_by_person_and_event, "
            "log_entry_by_time, log_entry_by_reference",
        ),
    ]
