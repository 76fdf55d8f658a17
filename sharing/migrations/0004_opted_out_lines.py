"""A pupil's page finds what opt-outs cut or kept back; the index is made while the portal serves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sharing", "0003_stamped")]

    operations = [
        AddIndexConcurrently(
            "disclosureline",
            models.Index(fields=["person"], condition=models.Q(reason=7), name="line_opted_out"),
        ),
    ]
