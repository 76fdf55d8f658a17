"""No decision is ever added to a record that is part of another: it would count for nobody (C6)."""

from django.db import migrations

SQL = """
CREATE FUNCTION consent_refuse_merged_pupil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM consent_pupilmerge WHERE gone_id = NEW.pupil_id) THEN
        RAISE EXCEPTION 'The record of pupil % is part of another one.', NEW.pupil_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER decision_of_kept_record BEFORE INSERT ON consent_decision
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_merged_pupil();
ALTER TABLE consent_decision ENABLE ALWAYS TRIGGER decision_of_kept_record;
"""
REVERSE = """
DROP TRIGGER decision_of_kept_record ON consent_decision;
DROP FUNCTION consent_refuse_merged_pupil();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0015_home_language")]

    operations = [migrations.RunSQL(SQL, REVERSE)]
