"""What the database itself keeps: published versions and their parts never change (N1), what was
written down is only ever added to, and public pages are made anew after a change."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.public_pages.stamping import stamped

VERSIONS_SQL = """
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

# A version is never published without its words: checked at the end of each transaction.
WORDS_SQL = """
CREATE FUNCTION notices_published_with_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'draft' AND NOT EXISTS (
        SELECT 1 FROM notices_publication WHERE version_id = NEW.id
    ) AND EXISTS (SELECT 1 FROM notices_noticeversion WHERE id = NEW.id) THEN
        RAISE EXCEPTION 'Version % of notice % is published without its words.',
            NEW.number, NEW.notice_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER published_with_words AFTER INSERT OR UPDATE ON notices_noticeversion
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notices_published_with_words();
"""

# A step is never edited; it goes only with its report, when that is erased.
STEPS_SQL = """
CREATE TRIGGER never_edited BEFORE UPDATE ON notices_reportstep
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE notices_reportstep ENABLE ALWAYS TRIGGER never_edited;
"""

PARTS_OF_VERSIONS = [
    "notices_section",
    "notices_namedrecipient",
    "notices_namedpurpose",
    "notices_nameditem",
    "notices_notapplicable",
    "notices_translation",
    "notices_translatedsection",
]
ONLY_ADDED_TO = ["notices_draftedit", "notices_publication", "notices_withdrawal"]
ON_PUBLIC_PAGES = [
    "notices_controller",
    "notices_contact",
    "notices_item",
    "notices_purpose",
    "notices_recipient",
    "notices_notice",
    "notices_noticeversion",
    "notices_publication",
    "notices_withdrawal",
]


def frozen_part(table: str) -> migrations.RunSQL:
    """Let rows of `table` change only while their version is a draft."""
    return migrations.RunSQL(
        f"""
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION notices_refuse_change_of_part();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER frozen;
""",
        f"DROP TRIGGER frozen ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        ("log", "0002_guards"),
        ("public_pages", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            VERSIONS_SQL,
            "DROP FUNCTION notices_refuse_change_of_version() CASCADE; "
            "DROP FUNCTION notices_refuse_change_of_part() CASCADE",
        ),
        *map(frozen_part, PARTS_OF_VERSIONS),
        migrations.RunSQL(WORDS_SQL, "DROP FUNCTION notices_published_with_words() CASCADE"),
        migrations.RunSQL(STEPS_SQL, "DROP TRIGGER never_edited ON notices_reportstep"),
        *map(append_only, ONLY_ADDED_TO),
        *stamped(*ON_PUBLIC_PAGES),
    ]
