"""The table of Django's cache in which all processes count tries to sign in.

Nothing in it has to outlast a crash of the server, so it is not written to the server's log.
"""

from django.db import migrations

CACHE_SQL = """
CREATE UNLOGGED TABLE limits_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX limits_cache_expires ON limits_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("limits", "0001_initial")]

    operations = [migrations.RunSQL(CACHE_SQL, "DROP TABLE limits_cache")]
