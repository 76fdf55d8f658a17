"""What people decided is only ever added to (C5)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("log", "0002_append_only")]

    operations = [
        append_only("consent_decision"),
        append_only("consent_invalidation"),
        append_only("consent_optoutrequest"),
        # Nobody looks these up by their beginning, and a roll of 100,000 pays for the index.
        migrations.RunSQL(
            "DROP INDEX consent_pupilupn_upn_8d41ae64_like; "
            "DROP INDEX consent_decision_import_key_ae81cd90_like",
            "CREATE INDEX consent_pupilupn_upn_8d41ae64_like "
            "ON consent_pupilupn (upn varchar_pattern_ops); "
            "CREATE INDEX consent_decision_import_key_ae81cd90_like "
            "ON consent_decision (import_key varchar_pattern_ops)",
        ),
    ]
