"""Overrides, incidents, restrictions, and releases built from the roll."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("sharing", "0010_schools_that_went"),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incident",
                        to="sharing.disclosure",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="IncidentStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="sharing.incident",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("assessed", "The risk was assessed"),
                            ("ico-told", "The ICO was told"),
                            ("ico-not-told", "The ICO need not be told"),
                            ("people-told", "The people were told"),
                            ("people-not-told", "The people need not be told"),
                            ("recalled", "The data was called back"),
                            ("note", "Noted"),
                            ("closed", "Closed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("note", models.CharField(max_length=2000)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), _negated=True),
                        name="incident_step_says_what",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "closed")),
                        fields=("incident",),
                        name="incident_closed_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="override",
                        to="sharing.disclosure",
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("safeguarding", "Safeguarding of a child"),
                            ("legal-order", "A court order or another legal duty"),
                        ],
                        max_length=20,
                    ),
                ),
                ("legal_ground", models.CharField(max_length=500)),
                ("reason", models.CharField(max_length=1000)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("legal_ground", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="override_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground__in", ["safeguarding", "legal-order"])),
                        name="override_ground_known",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="OverrideStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "override",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="sharing.override",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed by a second officer"),
                            ("contested", "Contested by a second officer"),
                            ("raised", "Raised to the auditor"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("override", "kind"), name="override_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "raised"), ("by__isnull", False), _connector="OR"
                        ),
                        name="override_step_by_somebody",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restrictions",
                        to="sharing.disclosure",
                    ),
                ),
                ("until", models.DateField()),
                ("ground", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ground", ""), _negated=True),
                        name="restriction_says_why",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ReleaseDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("agreement", models.CharField(max_length=50)),
                ("purpose", models.CharField(max_length=100)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), size=None
                    ),
                ),
                (
                    "schools",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=6),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "year_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("youngest", models.PositiveIntegerField(null=True)),
                ("oldest", models.PositiveIntegerField(null=True)),
                (
                    "every",
                    models.CharField(
                        choices=[
                            ("never", "By hand only"),
                            ("week", "Every week"),
                            ("month", "Every month"),
                            ("quarter", "Every three months"),
                            ("year", "Every year"),
                        ],
                        max_length=10,
                    ),
                ),
                ("next_on", models.DateField(null=True)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every", "never"), ("next_on__isnull", False), _connector="OR"
                        ),
                        name="definition_scheduled_has_day",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.AddField(
            model_name="disclosure",
            name="overridden",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="release",
            name="must_be_approved",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="release",
            name="override",
            field=models.JSONField(null=True),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="origin",
            field=models.CharField(
                choices=[
                    ("release", "An extract"),
                    ("statistics", "A table of counts"),
                    ("scheduled", "From the roll"),
                    ("after-the-fact", "Recorded after the fact"),
                    ("received", "Received"),
                ],
                db_default="release",
                default="release",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="source",
            field=models.CharField(
                choices=[
                    ("csv", "CSV"),
                    ("xlsx", "Excel"),
                    ("ctf", "CTF"),
                    ("paste", "Pasted"),
                    ("roll", "From the roll"),
                ],
                db_default="csv",
                default="csv",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="definition",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="runs",
                to="sharing.releasedefinition",
            ),
        ),
        append_only("sharing_incident"),
        append_only("sharing_incidentstep"),
        append_only("sharing_override"),
        append_only("sharing_overridestep"),
        append_only("sharing_restriction"),
    ]
