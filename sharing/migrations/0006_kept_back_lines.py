"""Lines that objections kept back are found like those of opt-outs."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sharing", "0005_recalls")]

    operations = [
        AddIndexConcurrently(
            "disclosureline",
            models.Index(
                fields=["person"], condition=models.Q(reason__gte=7), name="line_kept_back"
            ),
        ),
        RemoveIndexConcurrently("disclosureline", "line_opted_out"),
    ]
