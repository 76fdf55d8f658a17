"""An index of what each agreement was used for, made while others write."""

from django.db import migrations

# Each set of items is found once, by skipping from one to the next. A set can be longer than an index takes,
# so it has a hash of it.
USE_SQL = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS disclosure_use ON sharing_disclosure (
    agreement_reference, (COALESCE(hashtextextended((item_sets -> 0)::text, 0), 0)), "on" DESC
) WHERE outcome <> 'refused' AND agreement_reference <> '';
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0025_standing_lists")]

    operations = [
        migrations.RunSQL(USE_SQL, "DROP INDEX CONCURRENTLY IF EXISTS disclosure_use;"),
    ]
