"""An index of pupils who have left, for finding those whose keeping time is over (R2)."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Pupils are imported meanwhile.
    atomic = False
    dependencies = [("consent", "0019_keeping_guards")]

    operations = [
        AddIndexConcurrently(
            model_name="pupil",
            index=models.Index(
                condition=models.Q(("erased_at", None), ("left_on__isnull", False)),
                fields=["left_on"],
                name="pupil_left_and_kept",
            ),
        ),
    ]
