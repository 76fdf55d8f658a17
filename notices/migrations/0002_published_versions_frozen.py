"""A published version never changes (N1): the database refuses it, whoever asks."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION notices_refuse_change_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- N2: a version that still waits for its day may be withdrawn, and nothing else about it.
    IF TG_OP = 'UPDATE' AND OLD.status = 'published' AND NEW.status = 'withdrawn'
        AND OLD.effective_from > (now() AT TIME ZONE 'Europe/London')::date
        AND to_jsonb(OLD) - 'status' = to_jsonb(NEW) - 'status'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Version % of notice % is %: it never changes (N1).',
        OLD.number, OLD.notice_id, OLD.status USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION notices_refuse_change_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line jsonb;
    version_status text;
BEGIN
    FOREACH line IN ARRAY ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    ] LOOP
        CONTINUE WHEN line IS NULL;
        IF line ? 'version_id' THEN
            SELECT status INTO version_status FROM notices_noticeversion
            WHERE id = (line ->> 'version_id')::bigint;
        ELSE
            SELECT version.status INTO version_status FROM notices_noticeversion version
            JOIN notices_namedrecipient named ON named.version_id = version.id
            WHERE named.id = (line ->> 'named_id')::bigint;
        END IF;
        IF version_status IS DISTINCT FROM 'draft' AND version_status IS NOT NULL THEN
            RAISE EXCEPTION 'This belongs to a version that is %: it never changes (N1).',
                version_status USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON notices_noticeversion
    FOR EACH ROW EXECUTE FUNCTION notices_refuse_change_of_version();
ALTER TABLE notices_noticeversion ENABLE ALWAYS TRIGGER frozen;
"""

UNFREEZE = """
DROP TRIGGER frozen ON notices_noticeversion;
DROP FUNCTION notices_refuse_change_of_version() CASCADE;
DROP FUNCTION notices_refuse_change_of_part() CASCADE;
"""

PARTS = ["notices_section", "notices_namedrecipient", "notices_namedpurpose", "notices_nameditem"]


def frozen_part(table):
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION notices_refuse_change_of_part();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER frozen;
        """,
        f"DROP TRIGGER IF EXISTS frozen ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunSQL(FREEZE, UNFREEZE), *[frozen_part(table) for table in PARTS]]
