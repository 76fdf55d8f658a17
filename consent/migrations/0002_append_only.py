"""What people decided is only ever added to (C5)."""

from django.db import migrations

from privacy_portal.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("log", "0002_append_only")]

    operations = [
        append_only("consent_decision"),
        append_only("consent_invalidation"),
        append_only("consent_optoutrequest"),
    ]
