"""The sample of disclosures that another officer has to look at: all with special categories, despite an
opt-out or not allowed, and one in ten of the rest, drawn by the hash of its log entry."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.row_security import NONE, shown_where

# What was logged before: the first 8 bytes of the leaf hash, read as one number, modulo 10.
WANTED_SQL = """
WITH looked AS (
    SELECT disclosure.id, disclosure.overridden, disclosure.out_of_line,
        (disclosure.outcome <> 'refused' OR disclosure.out_of_line) AND EXISTS (
            SELECT FROM notices_item item
            WHERE item.special_category
                AND disclosure.item_sets @> jsonb_build_array(jsonb_build_array(item.code))
        ) AS special,
        ('x' || encode(substring(entry.leaf FROM 1 FOR 4), 'hex'))::bit(32)::bigint AS high,
        ('x' || encode(substring(entry.leaf FROM 5 FOR 4), 'hex'))::bit(32)::bigint AS low
    FROM sharing_disclosure disclosure JOIN log_entry entry ON entry.seq = disclosure.entry
), reasoned AS (
    SELECT id, array_remove(ARRAY[
        CASE WHEN special THEN 'special-category' END,
        CASE WHEN overridden THEN 'override' END,
        CASE WHEN out_of_line THEN 'not-allowed' END,
        CASE WHEN NOT (special OR overridden OR out_of_line)
            AND ((high % 10) * (4294967296 % 10) + low) % 10 = 0 THEN 'drawn' END
    ], NULL) AS reasons
    FROM looked
)
SELECT id, reasons FROM reasoned WHERE cardinality(reasons) > 0
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0028_saved_filters"),
        ("notices", "0004_recipient_groups"),
        ("log", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="special_category",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="one_in",
            field=models.PositiveSmallIntegerField(db_default=10, default=10),
        ),
        migrations.CreateModel(
            name="SampledDisclosure",
            fields=[
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sampled",
                        serialize=False,
                        to="sharing.disclosure",
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            reasons__contained_by=[
                                "special-category", "override", "not-allowed", "drawn",
                            ]
                        )
                        & models.Q(reasons__len__gte=1),
                        name="sampled_for_a_reason",
                    )
                ],
            },
        ),
        append_only("sharing_sampleddisclosure"),
        shown_where("sharing_sampleddisclosure", NONE),
        # Last: what is inserted here is still to be checked when the transaction ends.
        migrations.RunSQL(
            f"INSERT INTO sharing_sampleddisclosure (disclosure_id, reasons) {WANTED_SQL}",
            migrations.RunSQL.noop,
        ),
    ]  # fmt: skip
