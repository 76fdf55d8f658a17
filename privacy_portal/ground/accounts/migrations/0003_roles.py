"""Several roles for one person instead of one role with three marks."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

# Whoever was an officer could approve, and whoever edited notices could publish those of others.
FILL = """
UPDATE accounts_user SET roles =
    CASE WHEN role = 'officer' THEN '{officer,approving-officer}'::varchar[]
         ELSE '{school-staff}'::varchar[] END;
UPDATE accounts_user SET roles = roles || '{protected-records-officer}'::varchar[]
    WHERE protected_records;
UPDATE accounts_user SET roles = '{notice-editor,notice-publisher}'::varchar[] || roles
    WHERE edits_notices;
"""
ROLES = [
    ("school-staff", "School staff"),
    ("school-head-of-data", "School head of data"),
    ("notice-editor", "Notice editor"),
    ("notice-publisher", "Notice publisher"),
    ("officer", "Council officer"),
    ("approving-officer", "Approving officer"),
    ("protected-records-officer", "Protected records officer"),
    ("auditor", "Auditor"),
    ("administrator", "Administrator"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_protected_records")]

    operations = [
        migrations.AddField(
            "user",
            "roles",
            ArrayField(models.CharField(choices=ROLES, max_length=30), db_default=[], default=list),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
