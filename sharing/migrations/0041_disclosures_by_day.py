"""The log is filtered by the day on which something was shared."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0040_signed_counts")]

    operations = [
        AddIndexConcurrently(
            model_name="disclosure",
            index=models.Index(fields=["on", "entry"], name="disclosure_by_day"),
        ),
    ]
