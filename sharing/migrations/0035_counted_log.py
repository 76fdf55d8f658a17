"""Counts of stretches of the disclosure log, for its totals."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_recipient_groups"),
        ("sharing", "0034_log_checks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedStretch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.BigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["last"],
            },
        ),
        migrations.CreateModel(
            name="StretchCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("agreement_reference", models.CharField(max_length=50)),
                ("outcome", models.CharField(max_length=10)),
                ("out_of_line", models.BooleanField()),
                ("received", models.BooleanField()),
                ("by_hand", models.BooleanField()),
                (
                    "sampled",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("entries", models.PositiveIntegerField()),
                ("rows_released", models.PositiveBigIntegerField()),
                ("rows_reduced", models.PositiveBigIntegerField()),
                ("rows_withheld", models.PositiveBigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.purpose",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.recipient",
                    ),
                ),
                (
                    "stretch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="sharing.countedstretch",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "stretch",
                            "month",
                            "agreement_reference",
                            "recipient",
                            "purpose",
                            "by",
                            "outcome",
                            "out_of_line",
                            "received",
                            "by_hand",
                            "sampled",
                        ),
                        name="stretch_counted_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="stretch_count_of_a_month"
                    ),
                ],
            },
        ),
        append_only("sharing_countedstretch"),
        append_only("sharing_stretchcount"),
    ]
