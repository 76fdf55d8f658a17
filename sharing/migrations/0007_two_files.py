"""What two files together say: how long ago files are compared, and with which a disclosure tells who
opted out."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q, Value


class Migration(migrations.Migration):
    dependencies = [("sharing", "0006_assurances")]

    operations = [
        migrations.CreateModel(
            name="TwoFilesTerm",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("days", models.PositiveIntegerField(default=92)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(id=1), name="two_files_term_one_row"),
                    models.CheckConstraint(
                        condition=Q(days__gte=1, days__lte=3_660), name="two_files_term_days"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="disclosure",
            name="reveals",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                db_default=Value(
                    [], django.contrib.postgres.fields.ArrayField(models.BigIntegerField())
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=Q(reveals=[]) | Q(approved_by__isnull=False),
                name="disclosure_that_reveals_is_approved",
            ),
        ),
    ]
