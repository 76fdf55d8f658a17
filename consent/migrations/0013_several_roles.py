"""Two officers end protection (P1): asked of the roles that each holds now."""

from django.db import migrations

ENDING_SQL = """
CREATE OR REPLACE FUNCTION consent_check_ending_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT 1 FROM consent_ending ending
        JOIN accounts_user proposer ON proposer.id = ending.by_id
        JOIN accounts_user second ON second.id = NEW.by_id
        WHERE ending.id = NEW.ending_id AND (
            proposer.id = second.id
            OR NOT 'officer' = ANY (proposer.roles) OR NOT 'officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'Protection ends only by two officers.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0012_meetings"), ("accounts", "0004_one_role_no_more")]

    operations = [migrations.RunSQL(ENDING_SQL, migrations.RunSQL.noop)]
