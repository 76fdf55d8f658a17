"""What the database itself keeps: decisions and all about them are only ever added to (C5), records
of one child are joined by two officers (C6), and references of rolls hold."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.public_pages.stamping import stamped
from privacy_portal.ground.references import DROP_FUNCTIONS_SQL, FUNCTIONS_SQL, checked_by_statement

# No decision is added to a record that is part of another: it would count for nobody.
MERGES_SQL = """
CREATE FUNCTION consent_refuse_merged_pupil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consent_pupilmerge merge WHERE merge.gone_id = NEW.pupil_id
            AND NOT EXISTS (SELECT 1 FROM consent_mergeundone WHERE merge_id = merge.id)
    ) THEN
        RAISE EXCEPTION 'The record of pupil % is part of another one.', NEW.pupil_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION consent_check_merge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM consent_pupil WHERE id IN (NEW.gone_id, NEW.kept_id) ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM consent_pupilmerge merge WHERE merge.gone_id IN (NEW.gone_id, NEW.kept_id)
            AND NOT EXISTS (SELECT 1 FROM consent_mergeundone WHERE merge_id = merge.id)
    ) THEN
        RAISE EXCEPTION 'One of the records % and % is part of another already.',
            NEW.gone_id, NEW.kept_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.agreed_by_id IS NULL AND EXISTS (
        SELECT 1 FROM consent_pupil gone, consent_pupil kept
        WHERE gone.id = NEW.gone_id AND kept.id = NEW.kept_id
            AND (gone.surname_folded, gone.forename_folded, gone.born)
                IS DISTINCT FROM (kept.surname_folded, kept.forename_folded, kept.born)
    ) THEN
        RAISE EXCEPTION 'Records whose names or dates of birth differ need a second officer.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER merge_of_records_that_stand BEFORE INSERT ON consent_pupilmerge
    FOR EACH ROW EXECUTE FUNCTION consent_check_merge();
ALTER TABLE consent_pupilmerge ENABLE ALWAYS TRIGGER merge_of_records_that_stand;

CREATE FUNCTION consent_check_merge_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT 1 FROM consent_mergeproposal WHERE id = NEW.proposal_id AND by_id = NEW.by_id
    ) THEN
        RAISE EXCEPTION 'Nobody agrees to a merge of their own.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER merge_agreed_by_another BEFORE INSERT ON consent_mergeanswer
    FOR EACH ROW EXECUTE FUNCTION consent_check_merge_answer();
ALTER TABLE consent_mergeanswer ENABLE ALWAYS TRIGGER merge_agreed_by_another;

CREATE TRIGGER decision_of_kept_record BEFORE INSERT ON consent_decision
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_merged_pupil();
ALTER TABLE consent_decision ENABLE ALWAYS TRIGGER decision_of_kept_record;
"""

ONLY_ADDED_TO = [
    "consent_decision",
    "consent_invalidation",
    "consent_optoutrequest",
    "consent_requeststep",
    "consent_scan",
    "consent_verification",
    "consent_acknowledgement",
    "consent_pupilmove",
    "consent_ruling",
    "consent_rulingtold",
    "consent_pupilmerge",
    "consent_samechildquestion",
    "consent_samechildanswer",
    "consent_mergeproposal",
    "consent_mergeanswer",
    "consent_mergeundone",
    "consent_mergeddecision",
]
ON_PUBLIC_PAGES = ["consent_scheme", "consent_schemepurpose", "consent_basicitem"]


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0001_initial"),
        ("log", "0002_guards"),
        ("public_pages", "0002_guards"),
    ]

    operations = [
        # Nobody looks these up by their beginning, and a roll of 100,000 pays for the index.
        migrations.RunSQL(
            "DROP INDEX consent_pupilupn_upn_8d41ae64_like; "
            "DROP INDEX consent_decision_import_key_ae81cd90_like",
            "CREATE INDEX consent_pupilupn_upn_8d41ae64_like "
            "ON consent_pupilupn (upn varchar_pattern_ops); "
            "CREATE INDEX consent_decision_import_key_ae81cd90_like "
            "ON consent_decision (import_key varchar_pattern_ops)",
        ),
        *map(append_only, ONLY_ADDED_TO),
        migrations.RunSQL(
            MERGES_SQL,
            "DROP FUNCTION consent_refuse_merged_pupil() CASCADE; "
            "DROP FUNCTION consent_check_merge() CASCADE; "
            "DROP FUNCTION consent_check_merge_answer() CASCADE",
        ),
        migrations.RunSQL(FUNCTIONS_SQL, DROP_FUNCTIONS_SQL),
        checked_by_statement("consent_pupil", "school_id", to="consent_school"),
        checked_by_statement("consent_pupilupn", "pupil_id", to="consent_pupil"),
        *stamped(*ON_PUBLIC_PAGES),
    ]
