"""A salt is deleted only by an erasure that names its entry, in the same transaction (R2, L4)."""

from django.db import migrations

SQL = """
CREATE FUNCTION portal_refuse_change_of_salt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM log_erasure erasure
        WHERE erasure.transaction = pg_current_xact_id()::text::bigint
            AND erasure.entries @> to_jsonb(OLD.entry)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'A salt stays until its texts are erased: % is refused.', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
DROP TRIGGER salt_stays ON log_salt;
CREATE TRIGGER salt_stays BEFORE UPDATE OR DELETE ON log_salt
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change_of_salt();
ALTER TABLE log_salt ENABLE ALWAYS TRIGGER salt_stays;
"""
REVERSE_SQL = """
DROP TRIGGER salt_stays ON log_salt;
DROP FUNCTION portal_refuse_change_of_salt();
CREATE TRIGGER salt_stays BEFORE UPDATE ON log_salt
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE log_salt ENABLE ALWAYS TRIGGER salt_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("log", "0009_erasure_guards")]

    operations = [migrations.RunSQL(SQL, REVERSE_SQL)]
