"""Templates of agreements: what they say is only ever added to, and what a signed agreement was made
from never changes (A2)."""

import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only

USES_SQL = """
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON sharing_templateuse
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change_of_part();
ALTER TABLE sharing_templateuse ENABLE ALWAYS TRIGGER frozen;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0003_impact_assessments"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=100, unique=True)),
                ("withdrawn", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["position", "code"],
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="sharing.agreementtemplate",
                    ),
                ),
            ],
            options={
                "ordering": ["template", "number"],
            },
        ),
        migrations.CreateModel(
            name="TemplateUse",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="template_use",
                        serialize=False,
                        to="sharing.agreementversion",
                    ),
                ),
                ("values", models.JSONField(default=dict)),
                (
                    "template_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="template_uses",
                        to="sharing.templateversion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(
                fields=("template", "number"), name="template_version_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="template_version_from_1"
            ),
        ),
        append_only("sharing_templateversion"),
        migrations.RunSQL(USES_SQL, "DROP TRIGGER frozen ON sharing_templateuse"),
    ]
