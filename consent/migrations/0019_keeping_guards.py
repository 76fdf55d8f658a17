"""What names people in rows that are only ever added can be emptied by an erasure; of pupils only where nothing
speaks against it (R2)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only, erasable
from privacy_portal.ground.row_security import NONE, shown_where

NEW = ["consent_hold", "consent_holdend", "consent_erasurewish", "consent_erasureanswer"]
# Table, column of its primary key, and what becomes of its columns: `Erasable.guard` of its model.
ERASABLE = [
    (
        "consent_mergeproposal",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_mergeanswer",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "consent_pupilmerge",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_mergeundone",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_decision",
        "id",
        (
            '{"email":"","erased":true,"grounds":"","import_key":"erased-{key}","person_key":'
            '"","person_name":"","relation":"","submission":null}'
        ),
    ),
    (
        "consent_invalidation",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_ruling",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_rulingtold",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "consent_samechildanswer",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_hold",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_holdend",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_erasurewish",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_erasureanswer",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "consent_scan",
        "id",
        '{"erased":true,"sha256":""}',
    ),
    (
        "consent_ending",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_endinganswer",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "consent_deathwithdrawn",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_protectedlook",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "consent_optoutrequest",
        "id",
        (
            '{"address":"","born":null,"email":"","erased":true,"forename":"","grounds":"","o'
            'ther_school":"","person_name":"","phone":"","relation":"","submission":null,"sur'
            'name":"","token_hash":null}'
        ),
    ),
    (
        "consent_requeststep",
        "id",
        '{"erased":true,"note":""}',
    ),
]

# A belt beneath the rules of `consent.keeping_rules`: whoever writes, a child who is on a roll, under a hold,
# or younger than the policy can say, is not erased. A younger one only where two officers agreed.
BELT_SQL = """
CREATE FUNCTION consent_check_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    record bigint;
    child consent_pupil%ROWTYPE;
    wished boolean;
BEGIN
    SELECT id INTO STRICT record FROM consent_pupil WHERE reference = NEW.key::uuid;
    LOOP
        SELECT * INTO STRICT child FROM consent_pupil WHERE id = record FOR UPDATE;
        IF EXISTS (
            SELECT FROM consent_hold hold WHERE hold.pupil_id = record
                AND NOT EXISTS (SELECT FROM consent_holdend ended WHERE ended.hold_id = hold.id)
        ) THEN
            RAISE EXCEPTION 'This pupil is under a hold, and is not erased.'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT merge.kept_id INTO record FROM consent_pupilmerge merge
            WHERE merge.gone_id = child.id
                AND NOT EXISTS (SELECT FROM consent_mergeundone undone WHERE undone.merge_id = merge.id);
        EXIT WHEN record IS NULL;
    END LOOP;
    SELECT NEW.rule = 'wish' AND EXISTS (
        SELECT FROM consent_erasurewish wish JOIN consent_erasureanswer answer ON answer.wish_id = wish.id
        WHERE wish.pupil_id = child.id AND answer.agrees) INTO wished;
    IF child.left_on IS NULL OR (child.born + interval '25 years' > current_date AND NOT wished) THEN
        RAISE EXCEPTION 'A pupil who is on a roll, or younger than 25, is not erased.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER erasable_pupil BEFORE INSERT ON log_erasure
    FOR EACH ROW WHEN (NEW.what = 'pupil') EXECUTE FUNCTION consent_check_erasure();
ALTER TABLE log_erasure ENABLE ALWAYS TRIGGER erasable_pupil;

CREATE FUNCTION consent_check_erasure_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT FROM consent_erasurewish wish
        JOIN accounts_user proposer ON proposer.id = wish.by_id
        JOIN accounts_user second ON second.id = NEW.by_id
        WHERE wish.id = NEW.wish_id AND (
            proposer.id = second.id
            OR NOT 'officer' = ANY (proposer.roles) OR NOT 'officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'A pupil is erased before their time only by two officers.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER erasure_by_two_officers BEFORE INSERT ON consent_erasureanswer
    FOR EACH ROW EXECUTE FUNCTION consent_check_erasure_answer();
ALTER TABLE consent_erasureanswer ENABLE ALWAYS TRIGGER erasure_by_two_officers;
"""
DROP_BELT_SQL = """
DROP FUNCTION consent_check_erasure() CASCADE;
DROP FUNCTION consent_check_erasure_answer() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0018_keeping"),
        ("accounts", "0013_erased_accounts"),
        ("log", "0009_erasure_guards"),
    ]

    operations = [
        *(append_only(table) for table in NEW),
        *(shown_where(table, NONE) for table in NEW),
        *(erasable(*guard) for guard in ERASABLE),
        migrations.RunSQL(BELT_SQL, DROP_BELT_SQL),
    ]
