"""What was confirmed and whose pupil a job is about to look for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0023_how_rolls_are_read")]

    operations = [
        migrations.CreateModel(
            name="RequestToMatch",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="to_match",
                        serialize=False,
                        to="consent.optoutrequest",
                    ),
                ),
            ],
        ),
    ]
