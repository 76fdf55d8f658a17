"""Rolls are looked at before they are stored; leavers, contacts, merged records, schools' numbers."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0013_objections_indexed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PupilMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gone",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge",
                        to="consent.pupil",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="consent.pupil",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("gone", models.F("kept")), _negated=True),
                        name="merge_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="merge_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RollContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("address", models.CharField(blank=True, max_length=700)),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roll_contacts",
                        to="consent.pupil",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("pupil", "place"), name="roll_contact_place")
                ],
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="RollUpload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("whole", models.BooleanField()),
                (
                    "schools",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=6), null=True, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Being checked"),
                            ("checked", "Waits for your yes"),
                            ("faulty", "Has faults"),
                            ("importing", "Being imported"),
                            ("done", "Imported"),
                            ("failed", "Could not be read"),
                            ("gone", "Deleted"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("result", models.JSONField(default=dict)),
                ("faults", models.JSONField(default=list)),
                ("changed", models.BooleanField(default=False)),
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
                            (
                                "state__in",
                                [
                                    "checking",
                                    "checked",
                                    "faulty",
                                    "importing",
                                    "done",
                                    "failed",
                                    "gone",
                                ],
                            )
                        ),
                        name="roll_upload_state_known",
                    )
                ],
                "ordering": ["-at"],
            },
        ),
        migrations.AddField(
            model_name="pupil",
            name="left_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="school",
            name="closed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="school",
            name="laestab",
            field=models.CharField(max_length=7, null=True, unique=True, verbose_name="LAESTAB"),
        ),
        migrations.AddConstraint(
            model_name="school",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("laestab__isnull", True), ("laestab__regex", "^[0-9]{7}$"), _connector="OR"
                ),
                name="school_laestab_form",
            ),
        ),
        append_only("consent_pupilmerge"),
    ]
