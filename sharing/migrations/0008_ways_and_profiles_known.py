"""Ways of sending and profiles of statistics are known ones; no table is locked for long."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

KNOWN = {
    "agreement_way_known": Q(sent_by__in=["", "download", "zip", "age"]),
    "agreement_profile_known": Q(
        statistics_profile__in=["hide-below-threshold", "round-to-5", "ncmp-2020"]
    ),
}


class Migration(migrations.Migration):
    dependencies = [("sharing", "0007_agreements_in_full")]

    operations = [
        *(
            AddConstraintNotValid(
                "agreementversion", models.CheckConstraint(condition=condition, name=name)
            )
            for name, condition in KNOWN.items()
        ),
        *(ValidateConstraint("agreementversion", name) for name in KNOWN),
    ]
