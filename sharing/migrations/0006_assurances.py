"""The assurance of organisations, which is only ever added to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_recipient_groups"),
        ("sharing", "0005_cover_sheets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assurance",
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
                            ("ico-registration", "ICO registration"),
                            ("cyber-essentials", "Cyber Essentials"),
                            ("cyber-essentials-plus", "Cyber Essentials Plus"),
                            ("iso-27001", "ISO/IEC 27001"),
                            ("dspt", "NHS Data Security and Protection Toolkit"),
                            ("other", "Another security certificate"),
                        ],
                        max_length=30,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("reference", models.CharField(max_length=100)),
                ("issuer", models.CharField(max_length=200)),
                ("ends", models.DateField()),
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
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assurances",
                        to="notices.recipient",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AssuranceWithdrawal",
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
                            ("mistake", "It was recorded by mistake"),
                            (
                                "no-longer",
                                "The organisation no longer has it, and we do not rely on it",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "assurance",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="sharing.assurance",
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
        ),
        migrations.AddConstraint(
            model_name="assurance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "ico-registration",
                            "cyber-essentials",
                            "cyber-essentials-plus",
                            "iso-27001",
                            "dspt",
                            "other",
                        ],
                    )
                ),
                name="assurance_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="assurance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "other"), models.Q(("name", ""), _negated=True)),
                    models.Q(models.Q(("kind", "other"), _negated=True), ("name", "")),
                    _connector="OR",
                ),
                name="assurance_other_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="assurance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reference", ""), _negated=True),
                    models.Q(("issuer", ""), _negated=True),
                ),
                name="assurance_says_which",
            ),
        ),
        migrations.AddConstraint(
            model_name="assurancewithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("why__in", ["mistake", "no-longer"])),
                name="assurance_withdrawal_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="assurancewithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="assurance_withdrawal_says_why",
            ),
        ),
        append_only("sharing_assurance"),
        append_only("sharing_assurancewithdrawal"),
    ]
