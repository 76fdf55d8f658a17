"""Objections are decisions of their own kind, which an officer decides about (C10)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0011_letters"),
        ("notices", "0008_translated_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Ruling",
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
                            ("upheld", "Upheld: the sharing stops for good"),
                            ("grounds", "Compelling grounds to go on"),
                            ("withdrawn", "Taken back by the person"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("mail", models.CharField(blank=True, max_length=300)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rulings",
                        to="consent.decision",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["upheld", "grounds", "withdrawn"])),
                        name="ruling_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="ruling_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RulingTold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ruling",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told",
                        to="consent.ruling",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("by__isnull", True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ruling_told_says_how",
                    )
                ]
            },
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_choice_known",
        ),
        migrations.AddField(
            model_name="decision",
            name="grounds",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="decision",
            name="purpose",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.purpose",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="recipient",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.recipient",
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="grounds",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="purpose",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.purpose",
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="recipient",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.recipient",
            ),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="grounds",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="purpose",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.purpose",
            ),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="recipient",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.recipient",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="choice",
            field=models.CharField(
                choices=[("opt-out", "opt-out"), ("opt-in", "opt-in"), ("objection", "objection")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="scheme",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="consent.scheme",
            ),
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="choice",
            field=models.CharField(
                choices=[("opt-out", "opt-out"), ("opt-in", "opt-in"), ("objection", "objection")],
                db_default="opt-out",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="scheme",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.scheme",
            ),
        ),
        migrations.AlterField(
            model_name="unconfirmedoptout",
            name="choice",
            field=models.CharField(
                choices=[("opt-out", "opt-out"), ("opt-in", "opt-in"), ("objection", "objection")],
                db_default="opt-out",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="unconfirmedoptout",
            name="scheme",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.scheme",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("choice__in", ["opt-out", "opt-in", "objection"])),
                name="decision_choice_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("purpose__isnull", True),
                        ("recipient__isnull", True),
                        ("scheme__isnull", False),
                        models.Q(("choice", "objection"), _negated=True),
                    ),
                    models.Q(
                        ("choice", "objection"),
                        ("purpose__isnull", False),
                        ("recipient__isnull", False),
                        ("scheme__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="decision_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="optoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("purpose__isnull", True),
                        ("recipient__isnull", True),
                        ("scheme__isnull", False),
                        models.Q(("choice", "objection"), _negated=True),
                    ),
                    models.Q(
                        ("choice", "objection"),
                        ("purpose__isnull", False),
                        ("recipient__isnull", False),
                        ("scheme__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="request_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="unconfirmedoptout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("purpose__isnull", True),
                        ("recipient__isnull", True),
                        ("scheme__isnull", False),
                        models.Q(("choice", "objection"), _negated=True),
                    ),
                    models.Q(
                        ("choice", "objection"),
                        ("purpose__isnull", False),
                        ("recipient__isnull", False),
                        ("scheme__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="unconfirmed_about_one_thing",
            ),
        ),
        append_only("consent_ruling"),
        append_only("consent_rulingtold"),
    ]
