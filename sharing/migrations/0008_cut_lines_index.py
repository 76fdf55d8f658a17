"""An index of the lines that opt-outs and objections cut, made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0007_two_files")]

    operations = [
        AddIndexConcurrently(
            model_name="disclosureline",
            index=models.Index(
                fields=["disclosure", "row"], condition=Q(reason__in=[7, 8]), name="line_cut"
            ),
        ),
    ]
