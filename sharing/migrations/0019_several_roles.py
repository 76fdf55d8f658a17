"""What a second officer lets go: asked of the roles that they hold now, of which one is to approve."""

from django.db import migrations

ROW_PERMISSION_SQL = """
CREATE OR REPLACE FUNCTION sharing_check_row_permission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM sharing_release release JOIN accounts_user second ON second.id = NEW.by_id
        WHERE release.id = NEW.release_id AND (
            release.requested_by_id = NEW.by_id OR NOT 'approving-officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'A row is let go only by another officer.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
LIST_ANSWER_SQL = """
CREATE OR REPLACE FUNCTION sharing_check_list_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT 1 FROM sharing_listrequest asked JOIN accounts_user second ON second.id = NEW.by_id
        WHERE asked.id = NEW.request_id
            AND (asked.by_id = NEW.by_id OR NOT 'approving-officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'A list is given out only if another officer agrees.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
RESUMPTION_SQL = """
CREATE OR REPLACE FUNCTION sharing_check_resumption_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agrees AND EXISTS (
        SELECT 1 FROM sharing_resumption resumption
        JOIN accounts_user proposer ON proposer.id = resumption.by_id
        JOIN accounts_user second ON second.id = NEW.by_id
        WHERE resumption.id = NEW.resumption_id AND (
            proposer.id = second.id
            OR NOT 'officer' = ANY (proposer.roles)
            OR NOT 'approving-officer' = ANY (second.roles))
    ) THEN
        RAISE EXCEPTION 'Files leave again only if two officers say so.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
APPROVAL_SQL = """
CREATE FUNCTION sharing_check_release_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approved_by_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM accounts_user
        WHERE id = NEW.approved_by_id AND 'approving-officer' = ANY (roles)
    ) THEN
        RAISE EXCEPTION 'Only an approving officer approves a release.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER release_approved_by_an_approving_officer
    BEFORE INSERT OR UPDATE OF approved_by_id ON sharing_release
    FOR EACH ROW EXECUTE FUNCTION sharing_check_release_approval();
ALTER TABLE sharing_release ENABLE ALWAYS TRIGGER release_approved_by_an_approving_officer;
"""
NO_APPROVAL_SQL = """
DROP TRIGGER release_approved_by_an_approving_officer ON sharing_release;
DROP FUNCTION sharing_check_release_approval();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0018_opt_outs_elsewhere"),
        ("accounts", "0004_one_role_no_more"),
    ]

    operations = [
        migrations.RunSQL(ROW_PERMISSION_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(LIST_ANSWER_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(RESUMPTION_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(APPROVAL_SQL, NO_APPROVAL_SQL),
    ]
