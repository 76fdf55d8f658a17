"""A decision has the UPNs that the pupil had, so that nobody can give one to another record unnoticed; an erasure
empties them with the rest."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

GUARD = """
DROP TRIGGER append_only_rows ON consent_decision;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON consent_decision
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change_but_erasure('id', '{blanks}');
ALTER TABLE consent_decision ENABLE ALWAYS TRIGGER append_only_rows;
"""
BEFORE = (
    '{"email":"","erased":true,"grounds":"","import_key":"erased-{key}","person_key":'
    '"","person_name":"","relation":"","submission":null}'
)
SINCE = BEFORE.removesuffix("}") + ',"upns":[]}'


class Migration(migrations.Migration):
    dependencies = [("consent", "0020_left_pupils_index")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="upns",
            field=ArrayField(
                base_field=models.CharField(max_length=13),
                db_default=models.Value([], ArrayField(models.CharField(max_length=13))),
                default=list,
                size=None,
            ),
        ),
        migrations.RunSQL(
            GUARD.replace("{blanks}", SINCE),
            GUARD.replace("{blanks}", BEFORE),
        ),
    ]
