"""A file can leave on a request for data (Q1): not while hand-overs are stopped (K3), and never with more
about a pupil than was decided about them."""

from django.db import migrations, models

ORIGINS = [
    ("release", "Extract"),
    ("statistics", "Statistics"),
    ("scheduled", "From pupil records"),
    ("amendment", "Changes since"),
    ("request", "On a request for data"),
    ("after-the-fact", "Recorded afterwards"),
    ("received", "Received"),
]
_STOP = """
DROP TRIGGER hand_over_not_stopped ON sharing_disclosure;
CREATE CONSTRAINT TRIGGER hand_over_not_stopped AFTER INSERT ON sharing_disclosure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.outcome <> 'refused' AND NEW.origin IN ({origins}))
    EXECUTE FUNCTION sharing_check_not_stopped();
ALTER TABLE sharing_disclosure ENABLE ALWAYS TRIGGER hand_over_not_stopped;
"""
BEFORE = "'release', 'statistics', 'scheduled', 'amendment'"
STOP_SQL = _STOP.format(origins=f"{BEFORE}, 'request'")
STOP_BEFORE_SQL = _STOP.format(origins=BEFORE)
FILE_SQL = """
-- Of each pupil no more than was decided about them, and of nobody else. That the decision applies is
-- asked by `request_disclosure_sound`, of everything that is in line.
CREATE FUNCTION sharing_check_request_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.request_decision_id IS NULL OR NEW.out_of_line OR NEW.outcome = 'refused' OR EXISTS (
        SELECT 1 FROM sharing_disclosureline line
        WHERE line.disclosure_id = NEW.id AND NOT EXISTS (
            SELECT 1 FROM sharing_decidedpupil decided
            JOIN consent_pupil pupil ON pupil.id = decided.pupil_id
            WHERE decided.decision_id = NEW.request_decision_id
                AND pupil.reference = line.person
                AND line.item_set IS NOT NULL
                AND ARRAY(
                    SELECT jsonb_array_elements_text(NEW.item_sets -> line.item_set::int)
                ) <@ decided.items::text[]
        )
    ) THEN
        RAISE EXCEPTION 'File % holds more than was decided on its request (Q1).', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER request_file_sound BEFORE INSERT ON sharing_disclosure
    FOR EACH ROW WHEN (NEW.origin = 'request')
    EXECUTE FUNCTION sharing_check_request_file();
ALTER TABLE sharing_disclosure ENABLE ALWAYS TRIGGER request_file_sound;
"""
DROP_FILE_SQL = """
DROP TRIGGER request_file_sound ON sharing_disclosure;
DROP FUNCTION sharing_check_request_file();
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0016_nightly_control")]

    operations = [
        migrations.AlterField(
            model_name="disclosure",
            name="origin",
            field=models.CharField(
                choices=ORIGINS, db_default="release", default="release", max_length=20
            ),
        ),
        migrations.RunSQL(STOP_SQL, STOP_BEFORE_SQL),
        migrations.RunSQL(FILE_SQL, DROP_FILE_SQL),
    ]
