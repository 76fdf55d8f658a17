"""Erasures are only ever added, and the database itself says to which transaction each belongs (R2)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import DROP_ERASURE_SQL, ERASURE_SQL, append_only

# Whoever adds an erasure says what it empties, but not when: nobody empties rows by an earlier one.
TRANSACTION_SQL = """
CREATE FUNCTION log_erasure_of_this_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$;
CREATE TRIGGER of_this_transaction BEFORE INSERT ON log_erasure
    FOR EACH ROW EXECUTE FUNCTION log_erasure_of_this_transaction();
ALTER TABLE log_erasure ENABLE ALWAYS TRIGGER of_this_transaction;
"""


class Migration(migrations.Migration):
    dependencies = [("log", "0008_erasures")]

    operations = [
        migrations.RunSQL(ERASURE_SQL, DROP_ERASURE_SQL),
        append_only("log_erasure"),
        migrations.RunSQL(
            TRANSACTION_SQL, "DROP FUNCTION log_erasure_of_this_transaction() CASCADE"
        ),
    ]
