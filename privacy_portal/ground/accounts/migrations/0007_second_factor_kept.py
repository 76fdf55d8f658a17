"""The database keeps whether somebody has a second factor, whoever adds or removes one."""

from django.db import migrations

KEEP_SQL = """
CREATE FUNCTION accounts_keep_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET second_factor = EXISTS (
        SELECT 1 FROM mfa_authenticator
        WHERE user_id = accounts_user.id AND type <> 'recovery_codes'
    )
    WHERE id IN (NEW.user_id, OLD.user_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER second_factor_kept AFTER INSERT OR DELETE OR UPDATE OF user_id, type
    ON mfa_authenticator FOR EACH ROW EXECUTE FUNCTION accounts_keep_second_factor();
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER second_factor_kept;
"""
FORGET_SQL = """
DROP TRIGGER second_factor_kept ON mfa_authenticator;
DROP FUNCTION accounts_keep_second_factor();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_second_factor"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunSQL(KEEP_SQL, FORGET_SQL)]
