"""Late disclosures are called back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0010_passed_to_schools"),
        ("sharing", "0004_opted_out_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("found_at", models.DateTimeField()),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recalls",
                        to="consent.decision",
                    ),
                ),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recalls",
                        to="sharing.disclosure",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecallStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sent", "The letter was sent"),
                            ("reminded", "The organisation was reminded"),
                            ("confirmed", "The organisation confirmed that it has deleted it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("note", models.CharField(max_length=500)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="sharing.recall",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.UniqueConstraint(
                fields=("disclosure", "decision"), name="recall_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recallstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["sent", "reminded", "confirmed"])),
                name="recall_step_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recallstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="recall_step_says_how"
            ),
        ),
        migrations.AddConstraint(
            model_name="recallstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "confirmed")),
                fields=("recall",),
                name="recall_confirmed_once",
            ),
        ),
        append_only("sharing_recall"),
        append_only("sharing_recallstep"),
    ]
