"""Whether a record is part of another is found by index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0020_merges_guarded")]

    operations = [
        AddIndexConcurrently(
            model_name="pupilmerge",
            index=models.Index(fields=["gone"], name="merge_gone"),
        ),
    ]
