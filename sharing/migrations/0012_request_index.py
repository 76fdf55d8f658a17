"""An index of what was shared on requests for data, made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0011_request_guards")]

    operations = [
        ValidateConstraint(model_name="disclosure", name="disclosure_under_an_agreement"),
        AddIndexConcurrently(
            model_name="disclosure",
            index=models.Index(
                fields=["request_decision"],
                condition=Q(request_decision__isnull=False),
                name="disclosure_by_request",
            ),
        ),
    ]
