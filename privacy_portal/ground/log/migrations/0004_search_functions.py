"""Functions of an entry by which the log is searched: its event, who did it, when, and about whom or what."""

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


class Migration(migrations.Migration):
    dependencies = [("log", "0003_account_changes")]

    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION log_value; DROP FUNCTION log_references"),
    ]
