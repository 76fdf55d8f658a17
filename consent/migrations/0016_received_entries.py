"""The number of the log entry of each form sent online, also of those that came before."""

import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.row_security import shown_where

OF_REQUEST = "EXISTS (SELECT FROM consent_optoutrequest shown WHERE shown.id = request_id)"
EARLIER_SQL = """
INSERT INTO consent_receivedentry (request_id, entry)
SELECT request.id, min(entry.seq) FROM log_entry entry
JOIN consent_optoutrequest request ON request.reference = log_value(entry.body, 'request')
WHERE log_value(entry.body, 'event') IN ('opt-out-received', 'code-used')
GROUP BY request.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0015_school_periods"),
        ("log", "0005_search_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivedEntry",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="received_entry",
                        serialize=False,
                        to="consent.optoutrequest",
                    ),
                ),
                ("entry", models.BigIntegerField(unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("entry__gte", 0)), name="received_entry_from_0"
                    )
                ],
            },
        ),
        append_only("consent_receivedentry"),
        shown_where("consent_receivedentry", OF_REQUEST),
        migrations.RunSQL(EARLIER_SQL, migrations.RunSQL.noop),
    ]
