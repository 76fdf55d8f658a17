"""Which schools the pupils of a disclosure were at."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0009_desk_in_full"),
    ]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="schools",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=6),
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=6), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
    ]
