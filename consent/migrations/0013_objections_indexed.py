"""The index of objections is made while the portal serves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0012_objections")]

    operations = [
        AddIndexConcurrently(
            "decision",
            models.Index(
                fields=["recipient", "purpose", "pupil"],
                condition=models.Q(recipient__isnull=False),
                name="decision_objection",
            ),
        ),
    ]
