"""Agreements tell all that the ICO's list asks for, and keep who signed them and what was done."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0006_kept_back_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementversion",
            name="access",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="at_end",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="benefit",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="contact_email",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="contact_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="deletion",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="rights",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="roles",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="security",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="sent_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("download", "An officer downloads it and passes it on in the way described"),
                    ("zip", "Encrypted as a ZIP file (AES-256), the passphrase by another way"),
                    ("age", "Encrypted with age, the passphrase by another way"),
                ],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="signs_for_council",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="signs_for_recipient",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="statistics_profile",
            field=models.CharField(
                choices=[
                    ("hide-below-threshold", "Hide counts below the threshold"),
                    ("round-to-5", "Hide 1 to 4, round the rest to the nearest 5"),
                    (
                        "ncmp-2020",
                        "Child measurement since 2020: 1 to 7 become 5, the rest to the nearest 5",
                    ),
                ],
                db_default="hide-below-threshold",
                default="hide-below-threshold",
                max_length=30,
            ),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="transfer",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.CreateModel(
            name="AgreementEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("drafted", "Draft begun"),
                            ("changed", "Draft changed"),
                            ("discarded", "Draft thrown away"),
                            ("signed", "Signed by both sides"),
                            ("suspended", "Suspended"),
                            ("lifted", "Suspension lifted"),
                            ("terminated", "Terminated"),
                        ],
                        max_length=10,
                    ),
                ),
                ("on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="sharing.agreement",
                    ),
                ),
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
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "drafted",
                                    "changed",
                                    "discarded",
                                    "signed",
                                    "suspended",
                                    "lifted",
                                    "terminated",
                                ],
                            )
                        ),
                        name="agreement_event_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Signing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("council_name", models.CharField(max_length=200)),
                ("council_role", models.CharField(max_length=200)),
                ("council_on", models.DateField()),
                ("recipient_name", models.CharField(max_length=200)),
                ("recipient_role", models.CharField(max_length=200)),
                ("recipient_on", models.DateField()),
                ("file", models.UUIDField(unique=True)),
                ("bytes", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("terms_sha256", models.CharField(max_length=64)),
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
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing",
                        to="sharing.agreementversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("council_name", ""), _negated=True),
                            models.Q(("recipient_name", ""), _negated=True),
                        ),
                        name="signing_says_who",
                    )
                ],
            },
        ),
        append_only("sharing_agreementevent"),
        append_only("sharing_signing"),
    ]
