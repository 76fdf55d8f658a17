"""An index of the pupils who are protected or have died, made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0005_protection")]

    operations = [
        AddIndexConcurrently(
            model_name="pupil",
            index=models.Index(
                fields=["id"],
                condition=Q(protected=True) | Q(died_on__isnull=False),
                name="pupil_protected_or_died",
            ),
        ),
    ]
