"""The school of a pupil and the pupil of a UPN are checked once for a statement."""

import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.references import DROP_FUNCTIONS_SQL, FUNCTIONS_SQL, checked_by_statement


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_append_only")]

    operations = [
        migrations.RunSQL(FUNCTIONS_SQL, DROP_FUNCTIONS_SQL),
        # The triggers first: at no moment is a reference unchecked.
        checked_by_statement("consent_pupil", "school_id", to="consent_school"),
        checked_by_statement("consent_pupilupn", "pupil_id", to="consent_pupil"),
        migrations.AlterField(
            model_name="pupil",
            name="school",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pupils",
                to="consent.school",
            ),
        ),
        migrations.AlterField(
            model_name="pupilupn",
            name="pupil",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="upns",
                to="consent.pupil",
            ),
        ),
    ]
