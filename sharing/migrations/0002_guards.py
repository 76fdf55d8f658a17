"""What the database itself keeps: a signed agreement never changes (A2), disclosures and all about
them are only ever added to (L2), and public pages are made anew after a change."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.public_pages.stamping import stamped

AGREEMENTS_SQL = """
CREATE FUNCTION sharing_refuse_change_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.signed_on IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- Once signed, it can only be terminated, once.
    IF TG_OP = 'UPDATE' AND OLD.terminated_on IS NULL
        AND to_jsonb(OLD) - 'terminated_on' = to_jsonb(NEW) - 'terminated_on'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Version % of agreement % is signed: it never changes (A2).',
        OLD.number, OLD.agreement_id USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION sharing_refuse_change_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line jsonb;
BEGIN
    FOREACH line IN ARRAY ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    ] LOOP
        CONTINUE WHEN line IS NULL;
        IF EXISTS (
            SELECT 1 FROM sharing_agreementversion
            WHERE id = (line ->> 'version_id')::bigint AND signed_on IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'This belongs to a signed agreement: it never changes (A2).'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- A suspension of a signed agreement is never removed, and its last day only ever comes nearer.
CREATE FUNCTION sharing_refuse_change_of_suspension() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM sharing_agreementversion
        WHERE id = OLD.version_id AND signed_on IS NOT NULL
    ) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.last IS NULL OR NEW.last <= OLD.last)
        AND to_jsonb(OLD) - 'last' = to_jsonb(NEW) - 'last'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A suspension of a signed agreement is never removed or drawn out (A2).'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON sharing_agreementversion
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change_of_version();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON sharing_agreedpurpose
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change_of_part();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON sharing_agreeditem
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change_of_part();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON sharing_suspension
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change_of_suspension();
ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen;
ALTER TABLE sharing_agreedpurpose ENABLE ALWAYS TRIGGER frozen;
ALTER TABLE sharing_agreeditem ENABLE ALWAYS TRIGGER frozen;
ALTER TABLE sharing_suspension ENABLE ALWAYS TRIGGER frozen;
"""

ONLY_ADDED_TO = [
    "sharing_disclosure",
    "sharing_disclosureline",
    "sharing_recall",
    "sharing_recallstep",
    "sharing_agreementevent",
    "sharing_signing",
    "sharing_keepingstep",
    "sharing_signoff",
    "sharing_undone",
    "sharing_incident",
    "sharing_incidentstep",
    "sharing_override",
    "sharing_overridestep",
    "sharing_restriction",
    "sharing_publishedmonth",
    "sharing_publishedcount",
    "sharing_confirmedbasis",
]
ON_PUBLIC_PAGES = [
    "sharing_agreement",
    "sharing_agreementversion",
    "sharing_suspension",
    "sharing_agreedpurpose",
    "sharing_agreeditem",
]


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0001_initial"),
        ("log", "0002_guards"),
        ("public_pages", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            AGREEMENTS_SQL,
            "DROP FUNCTION sharing_refuse_change_of_version() CASCADE; "
            "DROP FUNCTION sharing_refuse_change_of_part() CASCADE; "
            "DROP FUNCTION sharing_refuse_change_of_suspension() CASCADE",
        ),
        *map(append_only, ONLY_ADDED_TO),
        *stamped(*ON_PUBLIC_PAGES),
    ]
