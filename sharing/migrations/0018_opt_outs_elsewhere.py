"""A decision on a request of an organisation that the policy does not have says which opt-outs and objections
its officers knew of (Q1)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0017_files_on_requests")]

    operations = [
        migrations.AddField(
            model_name="decidedpupil",
            name="elsewhere",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
    ]
