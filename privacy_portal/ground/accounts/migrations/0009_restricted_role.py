"""The role under which pages of school staff are made (`privacy_portal.ground.row_security`)."""

from django.db import migrations

# Roles belong to the server: another database may have made it, also at this moment. It may do with
# tables what the portal does; policies, and the triggers of tables that are only added to, bind it.
ROLE_SQL = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_restricted') THEN
        CREATE ROLE portal_restricted NOLOGIN;
        GRANT portal_restricted TO CURRENT_USER;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'The role portal_restricted is missing, and this one may not make roles.'
            USING ERRCODE = 'insufficient_privilege',
                HINT = 'Have an administrator of the server make it: docs/operations.md.';
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_restricted;
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO portal_restricted;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_restricted;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT USAGE, UPDATE ON SEQUENCES TO portal_restricted;
"""
NO_ROLE_SQL = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM portal_restricted;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, UPDATE ON SEQUENCES FROM portal_restricted;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM portal_restricted;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_restricted;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_known_browsers")]

    operations = [migrations.RunSQL(ROLE_SQL, NO_ROLE_SQL)]
