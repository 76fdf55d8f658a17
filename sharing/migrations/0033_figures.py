import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_recipient_groups"),
        ("sharing", "0032_register_entries"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedWeek",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.DateField(unique=True)),
                ("last", models.DateField(unique=True)),
                ("at", models.DateTimeField()),
                ("pupils", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["first"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last__gte", models.F("first")),
                            ("last__month", models.F("first__month")),
                            ("last__year", models.F("first__year")),
                        ),
                        name="counted_week_in_a_month",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WeekCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("released", models.PositiveIntegerField()),
                ("reduced", models.PositiveIntegerField()),
                ("refused", models.PositiveIntegerField()),
                ("received", models.PositiveIntegerField()),
                ("not_allowed", models.PositiveIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("rows_withheld", models.PositiveIntegerField()),
                ("pupils", models.PositiveIntegerField()),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.recipient",
                    ),
                ),
                (
                    "week",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="sharing.countedweek",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("week", "recipient"), name="week_counted_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rows_withheld__lte", models.F("rows"))),
                        name="week_rows_withheld_of_all",
                    ),
                ],
            },
        ),
        append_only("sharing_countedweek"),
        append_only("sharing_weekcount"),
    ]
