"""The database keeps what merges promise: a record is part of one other at most, two officers where
names or births differ, and no decision is added to a record that is part of another (C6)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only

SQL = """
CREATE OR REPLACE FUNCTION consent_refuse_merged_pupil() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
REVERSE = """
DROP TRIGGER merge_agreed_by_another ON consent_mergeanswer;
DROP FUNCTION consent_check_merge_answer();
DROP TRIGGER merge_of_records_that_stand ON consent_pupilmerge;
DROP FUNCTION consent_check_merge();
CREATE OR REPLACE FUNCTION consent_refuse_merged_pupil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM consent_pupilmerge WHERE gone_id = NEW.pupil_id) THEN
        RAISE EXCEPTION 'The record of pupil % is part of another one.', NEW.pupil_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0019_merges_undone")]

    operations = [
        append_only("consent_mergeproposal"),
        append_only("consent_mergeanswer"),
        append_only("consent_mergeundone"),
        append_only("consent_mergeddecision"),
        migrations.RunSQL(SQL, REVERSE),
    ]
