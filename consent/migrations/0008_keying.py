"""Decisions on paper are keyed, looked at twice, and an opt-in is verified."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0007_found_by_link"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.UUIDField(unique=True)),
                ("content_type", models.CharField(max_length=20)),
                ("bytes", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="SecondLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("sample", "One in ten is looked at twice"),
                            ("opt-in", "An opt-in needs two members of staff"),
                        ],
                        max_length=10,
                    ),
                ),
                ("looked_at", models.DateTimeField(null=True)),
                ("agrees", models.BooleanField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("email", "Email"),
                            ("post", "Letter"),
                            ("voice", "In person or by phone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=700)),
                ("mail", models.CharField(blank=True, max_length=300)),
                ("told_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="email",
            field=models.EmailField(blank=True, db_default="", max_length=254),
        ),
        migrations.AddField(
            model_name="decision",
            name="relation",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="decision",
            name="submission",
            field=models.UUIDField(null=True),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__in", ["paper", "phone"]), _negated=True),
                    ("recorded_by__isnull", False),
                    ("import_key__isnull", False),
                    _connector="OR",
                ),
                name="decision_keyed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "paper"), _negated=True),
                    ("signed_on__isnull", False),
                    ("import_key__isnull", False),
                    _connector="OR",
                ),
                name="decision_on_paper_is_signed",
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scan",
                to="consent.decision",
            ),
        ),
        migrations.AddField(
            model_name="secondlook",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="second_look",
                to="consent.decision",
            ),
        ),
        migrations.AddField(
            model_name="secondlook",
            name="keyed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="secondlook",
            name="looked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tellings",
                to="consent.decision",
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="told_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verification",
                to="consent.decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("content_type__in", ["application/pdf", "image/jpeg", "image/png"])
                ),
                name="scan_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("looked_by__isnull", True),
                    models.Q(("looked_by", models.F("keyed_by")), _negated=True),
                    _connector="OR",
                ),
                name="second_look_is_another_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agrees__isnull", True),
                        ("looked_at__isnull", True),
                        ("looked_by__isnull", True),
                    ),
                    models.Q(
                        ("agrees__isnull", False),
                        ("looked_at__isnull", False),
                        ("looked_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="second_look_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agrees__isnull", True),
                    ("agrees", True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="second_look_says_what_differs",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["email", "post", "voice"])),
                name="telling_way_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("way", "email"),
                    ("told_at__isnull", True),
                    ("told_by__isnull", False),
                    _connector="OR",
                ),
                name="telling_by_staff_names_them",
            ),
        ),
        append_only("consent_scan"),
        append_only("consent_verification"),
    ]
