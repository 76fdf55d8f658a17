"""One form of staff makes one decision: the index is made while the portal serves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0008_keying")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY decision_sent_once "
                    "ON consent_decision (submission) WHERE submission IS NOT NULL",
                    "DROP INDEX CONCURRENTLY decision_sent_once",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "decision",
                    models.UniqueConstraint(
                        fields=["submission"],
                        condition=models.Q(submission__isnull=False),
                        name="decision_sent_once",
                    ),
                )
            ],
        ),
    ]
