"""What the database itself keeps of protection and deaths: rows are only ever added, two officers end
protection (P1), and each pupil's record says what these rows do."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only

ONLY_ADDED_TO = [
    "consent_protection",
    "consent_ending",
    "consent_endedprotection",
    "consent_endinganswer",
    "consent_death",
    "consent_deathwithdrawn",
    "consent_protectedlook",
]

# Records that are of one child (merged), or may be (an open question, C6b), are protected together.
PROTECTION_SQL = """
CREATE FUNCTION consent_records_of_child(record bigint) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE child(id) AS (
        SELECT record
        UNION
        SELECT linked.id FROM child CROSS JOIN LATERAL (
            SELECT CASE WHEN merge.gone_id = child.id THEN merge.kept_id ELSE merge.gone_id END AS id
            FROM consent_pupilmerge merge
            WHERE child.id IN (merge.gone_id, merge.kept_id)
                AND NOT EXISTS (SELECT 1 FROM consent_mergeundone WHERE merge_id = merge.id)
            UNION ALL
            SELECT CASE WHEN question.new_id = child.id THEN question.other_id ELSE question.new_id END
            FROM consent_samechildquestion question
            WHERE child.id IN (question.new_id, question.other_id)
                AND NOT EXISTS (
                    SELECT 1 FROM consent_samechildanswer WHERE question_id = question.id)
        ) linked
    )
    SELECT child.id FROM child
$$;

CREATE FUNCTION consent_refresh_protection(records bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    record bigint;
    child bigint[];
    is_protected boolean;
    death date;
BEGIN
    FOREACH record IN ARRAY records LOOP
        child := ARRAY(SELECT id FROM consent_records_of_child(record));
        is_protected := EXISTS (
            SELECT 1 FROM consent_protection protection
            WHERE protection.pupil_id = ANY(child) AND NOT EXISTS (
                SELECT 1 FROM consent_endedprotection ended
                JOIN consent_endinganswer answer ON answer.ending_id = ended.ending_id
                WHERE ended.protection_id = protection.id AND answer.agrees
            )
        );
        SELECT died_on INTO death FROM consent_death
        WHERE pupil_id = ANY(child)
            AND NOT EXISTS (SELECT 1 FROM consent_deathwithdrawn WHERE death_id = consent_death.id)
        ORDER BY id DESC LIMIT 1;
        UPDATE consent_pupil SET protected = is_protected, died_on = death
        WHERE id = ANY(child) AND (protected, died_on) IS DISTINCT FROM (is_protected, death);
    END LOOP;
END
$$;

CREATE FUNCTION consent_protection_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM consent_refresh_protection(ARRAY(SELECT DISTINCT pupil_id FROM added));
    RETURN NULL;
END
$$;

CREATE FUNCTION consent_ending_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM consent_refresh_protection(ARRAY(
        SELECT DISTINCT protection.pupil_id FROM added
        JOIN consent_endedprotection ended ON ended.ending_id = added.ending_id
        JOIN consent_protection protection ON protection.id = ended.protection_id
        WHERE added.agrees));
    RETURN NULL;
END
$$;

CREATE FUNCTION consent_death_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM consent_refresh_protection(ARRAY(
        SELECT DISTINCT death.pupil_id FROM added JOIN consent_death death ON death.id = added.death_id));
    RETURN NULL;
END
$$;

CREATE FUNCTION consent_records_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM consent_protection) OR EXISTS (SELECT 1 FROM consent_death) THEN
        IF TG_TABLE_NAME = 'consent_samechildquestion' THEN
            PERFORM consent_refresh_protection(ARRAY(SELECT DISTINCT new_id FROM added));
        ELSIF TG_TABLE_NAME = 'consent_samechildanswer' THEN
            PERFORM consent_refresh_protection(ARRAY(
                SELECT new_id FROM added JOIN consent_samechildquestion q ON q.id = added.question_id
                UNION
                SELECT other_id FROM added JOIN consent_samechildquestion q ON q.id = added.question_id));
        ELSIF TG_TABLE_NAME = 'consent_pupilmerge' THEN
            PERFORM consent_refresh_protection(ARRAY(SELECT DISTINCT kept_id FROM added));
        ELSE
            PERFORM consent_refresh_protection(ARRAY(
                SELECT kept_id FROM added JOIN consent_pupilmerge m ON m.id = added.merge_id
                UNION
                SELECT gone_id FROM added JOIN consent_pupilmerge m ON m.id = added.merge_id));
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION consent_check_ending_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT 1 FROM consent_ending ending
        JOIN accounts_user proposer ON proposer.id = ending.by_id
        JOIN accounts_user second ON second.id = NEW.by_id
        WHERE ending.id = NEW.ending_id AND (
            proposer.id = second.id OR proposer.role <> 'officer' OR second.role <> 'officer')
    ) THEN
        RAISE EXCEPTION 'Protection ends only by two officers.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

-- A record that was read before it was protected may be saved afterwards: that unprotects nobody.
CREATE FUNCTION consent_keep_protection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.protected := false;
        NEW.died_on := NULL;
    ELSE
        NEW.protected := OLD.protected;
        NEW.died_on := OLD.died_on;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER protection_of_new_record BEFORE INSERT ON consent_pupil
    FOR EACH ROW WHEN (NEW.protected OR NEW.died_on IS NOT NULL)
    EXECUTE FUNCTION consent_keep_protection();
CREATE TRIGGER protection_kept BEFORE UPDATE OF protected, died_on ON consent_pupil
    FOR EACH ROW WHEN (pg_trigger_depth() = 0
        AND (NEW.protected, NEW.died_on) IS DISTINCT FROM (OLD.protected, OLD.died_on))
    EXECUTE FUNCTION consent_keep_protection();
ALTER TABLE consent_pupil ENABLE ALWAYS TRIGGER protection_of_new_record;
ALTER TABLE consent_pupil ENABLE ALWAYS TRIGGER protection_kept;

CREATE TRIGGER ending_by_two_officers BEFORE INSERT ON consent_endinganswer
    FOR EACH ROW EXECUTE FUNCTION consent_check_ending_answer();
ALTER TABLE consent_endinganswer ENABLE ALWAYS TRIGGER ending_by_two_officers;
"""

# The table, the trigger's name, and the function that brings pupils' records up to date.
_REFRESHING = [
    ("consent_protection", "protection_holds", "consent_protection_added"),
    ("consent_death", "death_holds", "consent_protection_added"),
    ("consent_endinganswer", "protection_ended", "consent_ending_answered"),
    ("consent_deathwithdrawn", "death_ended", "consent_death_withdrawn"),
    ("consent_samechildquestion", "protection_of_linked", "consent_records_linked"),
    ("consent_samechildanswer", "protection_of_linked", "consent_records_linked"),
    ("consent_pupilmerge", "protection_of_linked", "consent_records_linked"),
    ("consent_mergeundone", "protection_of_linked", "consent_records_linked"),
]
REFRESHING_SQL = "".join(
    f"CREATE TRIGGER {trigger} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger};"
    for table, trigger, function in _REFRESHING
)
DROP_SQL = "".join(
    f"DROP FUNCTION {function} CASCADE;"
    for function in (
        "consent_protection_added()",
        "consent_ending_answered()",
        "consent_death_withdrawn()",
        "consent_records_linked()",
        "consent_check_ending_answer()",
        "consent_keep_protection()",
        "consent_refresh_protection(bigint[])",
        "consent_records_of_child(bigint)",
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0006_protected_pupils_index"),
        ("accounts", "0002_protected_records"),
        ("log", "0002_guards"),
    ]

    operations = [
        *map(append_only, ONLY_ADDED_TO),
        migrations.RunSQL(PROTECTION_SQL + REFRESHING_SQL, DROP_SQL),
    ]
