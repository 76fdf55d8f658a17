"""A link finds its opt-out, and an opt-out its decisions: indexes made while the portal serves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0006_confirmed_by_mail")]

    operations = [
        AddIndexConcurrently("decision", models.Index(fields=["request"], name="decision_request")),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY request_token "
                    "ON consent_optoutrequest (token_hash) WHERE token_hash IS NOT NULL",
                    "DROP INDEX CONCURRENTLY request_token",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "optoutrequest",
                    models.UniqueConstraint(
                        fields=["token_hash"],
                        condition=models.Q(token_hash__isnull=False),
                        name="request_token",
                    ),
                )
            ],
        ),
    ]
