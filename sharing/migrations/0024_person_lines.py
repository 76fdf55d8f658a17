"""An index of the lines of disclosures by person, which a job fills; rows are only ever added.

The job fills it from the first disclosure on. What it has not reached yet is read from the lines, so
that lists of pupils are right meanwhile.
"""

from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.row_security import shown_where


class Migration(migrations.Migration):
    dependencies = [("sharing", "0023_assurances_of_files")]

    operations = [
        migrations.CreateModel(
            name="PersonLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person",
                        "entry",
                        "recipient",
                        "item_set",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("person", models.UUIDField()),
                ("entry", models.BigIntegerField()),
                ("recipient", models.BigIntegerField()),
                ("item_set", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PersonLineMark",
            fields=[
                ("entry", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        append_only("sharing_personline"),
        append_only("sharing_personlinemark"),
        shown_where(
            "sharing_personline",
            "EXISTS (SELECT FROM consent_pupil shown WHERE shown.reference = person)",
        ),
        # Lists are read from the key alone where pages are known to hold no row that is not committed.
        migrations.RunSQL(
            "ALTER TABLE sharing_personline SET (autovacuum_vacuum_insert_scale_factor = 0.02)",
            "ALTER TABLE sharing_personline RESET (autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
