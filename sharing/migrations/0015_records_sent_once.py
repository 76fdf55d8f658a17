"""One form of an officer makes one record: the index is made while the portal serves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sharing", "0014_submissions_of_records")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY disclosure_sent_once "
                    "ON sharing_disclosure (submission) WHERE submission IS NOT NULL",
                    "DROP INDEX CONCURRENTLY disclosure_sent_once",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "disclosure",
                    models.UniqueConstraint(
                        fields=["submission"],
                        condition=models.Q(submission__isnull=False),
                        name="disclosure_sent_once",
                    ),
                )
            ],
        ),
    ]
