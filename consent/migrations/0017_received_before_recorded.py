"""A decision is received before it is recorded, give or take the clocks of servers (C3).

What is stored already stays: no row of people's decisions is ever changed, so old ones are not
looked at again.
"""

from datetime import timedelta

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("consent", "0016_decisions_of_kept_records")]

    operations = [
        AddConstraintNotValid(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=Q(received_at__lte=F("recorded_at") + timedelta(days=1)),
                name="decision_received_before_recorded",
            ),
        ),
    ]
