"""Two people change the policy, one draft of a thing at a time; and what a published notice or a signed
agreement names is neither renamed nor changed so that more could be shared under it (N1, A2)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only

# Both hold in whatever order transactions commit: whoever drafts about the same thing waits here.
CHANGES_SQL = """
CREATE FUNCTION sharing_check_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('policy ' || NEW.kind || ' ' || NEW.code, 0));
    IF EXISTS (
        SELECT 1 FROM sharing_policychange change WHERE change.kind = NEW.kind
            AND change.code = NEW.code AND NOT EXISTS (
                SELECT 1 FROM sharing_policyanswer answer WHERE answer.change_id = change.id)
    ) THEN
        RAISE EXCEPTION 'A change to % is already open.', NEW.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER one_open_change BEFORE INSERT ON sharing_policychange
    FOR EACH ROW EXECUTE FUNCTION sharing_check_policy_change();
ALTER TABLE sharing_policychange ENABLE ALWAYS TRIGGER one_open_change;

CREATE FUNCTION sharing_check_policy_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> 'withdrawn' AND EXISTS (
        SELECT 1 FROM sharing_policychange change JOIN accounts_user second ON second.id = NEW.by_id
        WHERE change.id = NEW.change_id
            AND (change.by_id = NEW.by_id OR NOT 'approving-officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'Only another officer puts a change to the policy in force.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER answered_by_a_second_officer BEFORE INSERT ON sharing_policyanswer
    FOR EACH ROW EXECUTE FUNCTION sharing_check_policy_answer();
ALTER TABLE sharing_policyanswer ENABLE ALWAYS TRIGGER answered_by_a_second_officer;
"""
NO_CHANGES_SQL = """
DROP FUNCTION sharing_check_policy_change() CASCADE;
DROP FUNCTION sharing_check_policy_answer() CASCADE;
"""

# What is published or signed, also where it has ended since.
NAMED_SQL = """
CREATE FUNCTION sharing_item_is_named(bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM notices_nameditem named
        JOIN notices_namedrecipient line ON line.id = named.named_id
        JOIN notices_noticeversion version ON version.id = line.version_id
        WHERE named.item_id = $1 AND version.status <> 'draft'
    ) OR EXISTS (
        SELECT 1 FROM sharing_agreeditem agreed
        JOIN sharing_agreementversion version ON version.id = agreed.version_id
        WHERE agreed.item_id = $1 AND version.signed_on IS NOT NULL)
$$;
CREATE FUNCTION sharing_purpose_is_named(bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM notices_namedpurpose named
        JOIN notices_namedrecipient line ON line.id = named.named_id
        JOIN notices_noticeversion version ON version.id = line.version_id
        WHERE named.purpose_id = $1 AND version.status <> 'draft'
    ) OR EXISTS (
        SELECT 1 FROM sharing_agreedpurpose agreed
        JOIN sharing_agreementversion version ON version.id = agreed.version_id
        WHERE agreed.purpose_id = $1 AND version.signed_on IS NOT NULL)
$$;
CREATE FUNCTION sharing_recipient_is_named(bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM notices_namedrecipient line
        JOIN notices_noticeversion version ON version.id = line.version_id
        WHERE line.recipient_id = $1 AND version.status <> 'draft'
    ) OR EXISTS (
        SELECT 1 FROM sharing_agreementversion version
        WHERE version.recipient_id = $1 AND version.signed_on IS NOT NULL)
$$;
-- A row that was inserted or changed by this very transaction: what belongs to a new scheme is stored with it.
CREATE FUNCTION sharing_is_of_now(xid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    WITH known AS (
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS newest, $1::text::bigint AS low
    ), whole AS (
        SELECT newest, newest - newest % 4294967296 + low AS number FROM known
    )
    -- The newest is the last that has ended, so that this one's number may be higher; one that is higher by
    -- far is of the round before.
    SELECT CASE WHEN number > newest + 2147483648 THEN false
        ELSE COALESCE(pg_xact_status(number::text::xid8), '') = 'in progress' END FROM whole
$$;
CREATE FUNCTION sharing_scheme_is_bound(bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (SELECT 1 FROM consent_decision decision WHERE decision.scheme_id = $1)
    OR EXISTS (
        SELECT 1 FROM consent_scheme offered
        JOIN notices_section section ON section.scheme = offered.code
        JOIN notices_noticeversion version ON version.id = section.version_id
        WHERE offered.id = $1 AND version.status <> 'draft')
    OR EXISTS (
        SELECT 1 FROM consent_scheme offered WHERE offered.id = $1
            AND sharing_recipient_is_named(offered.recipient_id)
            AND sharing_is_of_now(offered.xmin) IS NOT TRUE)
$$;

CREATE FUNCTION sharing_refuse_change_of_named() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named boolean;
BEGIN
    named := CASE TG_TABLE_NAME
        WHEN 'notices_item' THEN sharing_item_is_named(OLD.id)
        WHEN 'notices_purpose' THEN sharing_purpose_is_named(OLD.id)
        WHEN 'notices_recipient' THEN sharing_recipient_is_named(OLD.id)
        ELSE sharing_scheme_is_bound(OLD.id)
        END;
    IF named THEN
        RAISE EXCEPTION 'A published notice or a signed agreement names %: it is not changed like this (N1, A2).',
            OLD.code USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER named_stays BEFORE UPDATE ON notices_item FOR EACH ROW
    WHEN (OLD.code <> NEW.code OR OLD.label <> NEW.label OR OLD.audience <> NEW.audience
        OR (OLD.identifying AND NOT NEW.identifying)
        OR (OLD.special_category AND NOT NEW.special_category)
        OR (OLD.locating AND NOT NEW.locating))
    EXECUTE FUNCTION sharing_refuse_change_of_named();
CREATE TRIGGER named_stays BEFORE UPDATE ON notices_purpose FOR EACH ROW
    WHEN (OLD.code <> NEW.code OR OLD.label <> NEW.label OR OLD.audience <> NEW.audience)
    EXECUTE FUNCTION sharing_refuse_change_of_named();
CREATE TRIGGER named_stays BEFORE UPDATE ON notices_recipient FOR EACH ROW
    WHEN (OLD.code <> NEW.code OR OLD.name <> NEW.name
        OR (OLD.opened IS NOT NULL AND (NEW.opened IS NULL OR NEW.opened < OLD.opened))
        OR (OLD.closed <= (now() AT TIME ZONE 'Europe/London')::date AND (
            NEW.closed IS NULL OR NEW.closed > OLD.closed
            OR OLD.successor_id IS NOT NULL AND OLD.successor_id IS DISTINCT FROM NEW.successor_id)))
    EXECUTE FUNCTION sharing_refuse_change_of_named();
CREATE TRIGGER named_stays BEFORE UPDATE ON consent_scheme FOR EACH ROW
    WHEN (OLD.code <> NEW.code OR OLD.title <> NEW.title OR OLD.kind <> NEW.kind
        OR OLD.recipient_id <> NEW.recipient_id
        OR OLD.self_age IS DISTINCT FROM NEW.self_age
        OR (OLD.min_age IS NOT NULL AND (NEW.min_age IS NULL OR NEW.min_age < OLD.min_age))
        OR (OLD.below_age IS NOT NULL AND (NEW.below_age IS NULL OR NEW.below_age > OLD.below_age))
        OR (OLD."default" = 'withhold' AND NEW."default" <> 'withhold')
        OR (OLD.supplied_by = 'authority' AND NEW.supplied_by <> 'authority')
        OR (OLD.child_may_refuse AND NOT NEW.child_may_refuse))
    EXECUTE FUNCTION sharing_refuse_change_of_named();

CREATE FUNCTION sharing_refuse_more_basic_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF sharing_scheme_is_bound(NEW.scheme_id) THEN
        RAISE EXCEPTION 'Nobody who opted out under this was told of another basic item (N1).'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER named_stays BEFORE INSERT OR UPDATE OF item_id, scheme_id ON consent_basicitem FOR EACH ROW
    EXECUTE FUNCTION sharing_refuse_more_basic_items();

-- A scheme without purposes applies to all: the first one limits it, and so does one that goes while others
-- stay.
CREATE FUNCTION sharing_refuse_fewer_purposes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about bigint;
BEGIN
    about := CASE TG_OP WHEN 'INSERT' THEN (to_jsonb(NEW) ->> 'scheme_id')::bigint
        ELSE (to_jsonb(OLD) ->> 'scheme_id')::bigint END;
    IF NOT sharing_scheme_is_bound(about) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM consent_schemepurpose other
            WHERE other.scheme_id = about AND other.id <> (to_jsonb(NEW) ->> 'id')::bigint)
        THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM consent_schemepurpose other WHERE other.scheme_id = about)
        OR EXISTS (SELECT 1 FROM consent_schemepurpose other WHERE other.scheme_id = about
            AND other.purpose_id = (to_jsonb(OLD) ->> 'purpose_id')::bigint)
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Opt-outs under this would apply to less than people were told (N1).'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER named_stays AFTER INSERT ON consent_schemepurpose FOR EACH ROW
    EXECUTE FUNCTION sharing_refuse_fewer_purposes();
CREATE CONSTRAINT TRIGGER named_stays_at_the_end AFTER UPDATE OR DELETE ON consent_schemepurpose
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION sharing_refuse_fewer_purposes();

-- Templates of agreements, files from pupil records and what was shared name these by their codes.
CREATE FUNCTION sharing_refuse_to_lose_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'notices_item' AND (
        EXISTS (SELECT 1 FROM sharing_templateversion version
            WHERE version.content -> 'terms' -> 'items' ? OLD.code)
        OR EXISTS (SELECT 1 FROM sharing_releasedefinition definition
            WHERE OLD.code = ANY (definition.items))
        OR EXISTS (SELECT 1 FROM sharing_disclosure disclosure
            WHERE disclosure.item_sets @> jsonb_build_array(jsonb_build_array(OLD.code)))
        OR EXISTS (SELECT 1 FROM sharing_requestdetails details
            WHERE OLD.code = ANY (details.items))
    ) OR TG_TABLE_NAME = 'notices_purpose' AND (
        EXISTS (SELECT 1 FROM sharing_templateversion version
            WHERE version.content -> 'terms' -> 'purposes' ? OLD.code)
        OR EXISTS (SELECT 1 FROM sharing_releasedefinition definition
            WHERE OLD.code = definition.purpose)
    ) THEN
        RAISE EXCEPTION 'Something else names %: it stays.', OLD.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER named_stays_there BEFORE DELETE ON notices_item
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_to_lose_named();
CREATE TRIGGER named_stays_there BEFORE DELETE ON notices_purpose
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_to_lose_named();

CREATE FUNCTION sharing_refuse_to_lose_school() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM sharing_agreementversion version
            WHERE OLD.urn = ANY (version.schools))
        OR EXISTS (SELECT 1 FROM sharing_releasedefinition definition
            WHERE OLD.urn = ANY (definition.schools))
        OR EXISTS (SELECT 1 FROM sharing_disclosure disclosure
            WHERE OLD.urn = ANY (disclosure.schools))
    THEN
        RAISE EXCEPTION 'An agreement or what was shared names the school %: it stays.', OLD.urn
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER named_stays_there BEFORE DELETE ON consent_school
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_to_lose_school();
"""
NO_NAMED_SQL = """
DROP FUNCTION sharing_refuse_to_lose_school() CASCADE;
DROP FUNCTION sharing_refuse_to_lose_named() CASCADE;
DROP FUNCTION sharing_refuse_fewer_purposes() CASCADE;
DROP FUNCTION sharing_refuse_more_basic_items() CASCADE;
DROP FUNCTION sharing_refuse_change_of_named() CASCADE;
DROP FUNCTION sharing_scheme_is_bound(bigint);
DROP FUNCTION sharing_is_of_now(xid);
DROP FUNCTION sharing_recipient_is_named(bigint);
DROP FUNCTION sharing_purpose_is_named(bigint);
DROP FUNCTION sharing_item_is_named(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0021_policy_changes"),
        ("consent", "0015_school_periods"),
        ("notices", "0004_recipient_groups"),
        ("accounts", "0009_restricted_role"),
    ]

    operations = [
        append_only("sharing_policychange"),
        append_only("sharing_policyanswer"),
        migrations.RunSQL(CHANGES_SQL, NO_CHANGES_SQL),
        migrations.RunSQL(NAMED_SQL, NO_NAMED_SQL),
    ]
