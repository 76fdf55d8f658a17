"""The agreement version that a release was decided under, and whether a second officer must approve,
as columns instead of inside its decision."""

import django.db.models.deletion
from django.db import migrations, models

COLUMNS_SQL = """
UPDATE sharing_release SET agreement_version_id = version.id
FROM sharing_agreementversion AS version
JOIN sharing_agreement AS agreement ON agreement.id = version.agreement_id
WHERE agreement.reference = sharing_release.agreement
    AND version.number = (sharing_release.decision ->> 'agreement_version')::integer;
UPDATE sharing_release SET must_be_approved = true
WHERE decision @> '{"needs_approval": true}' AND NOT must_be_approved;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="agreement_version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="sharing.agreementversion",
            ),
        ),
        migrations.RunSQL(COLUMNS_SQL, migrations.RunSQL.noop),
    ]
