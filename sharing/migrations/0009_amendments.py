"""Amendments (H6): a term of agreements, what is due, its steps, and the links that acknowledge it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only

KINDS = [
    ("lapsed", "Nothing left to change"),
    ("asked", "Link to confirm sent"),
    ("reminded", "Reminder sent"),
    ("raised", "Officers told that it is overdue"),
    ("acknowledged", "Organisation confirmed the changes"),
]
RATES = [
    ("as-needed", "The day after something changes"),
    ("week", "At most every week"),
    ("month", "At most every month"),
    ("quarter", "At most every 3 months"),
]
ORIGINS = [
    ("release", "Extract"),
    ("statistics", "Statistics"),
    ("scheduled", "From pupil records"),
    ("amendment", "Changes since"),
    ("after-the-fact", "Recorded afterwards"),
    ("received", "Received"),
]
SOURCES = [
    ("csv", "CSV"),
    ("xlsx", "Excel"),
    ("ctf", "CTF"),
    ("paste", "Pasted"),
    ("roll", "From pupil records"),
    ("amendment", "Changes since"),
]


def _key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _by():
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_guards"),
        ("sharing", "0008_cut_lines_index"),
        ("log", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementversion",
            name="amendments",
            field=models.CharField(
                blank=True, choices=RATES, db_default="", default="", max_length=10
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.CheckConstraint(
                condition=models.Q(amendments__in=["", "as-needed", "week", "month", "quarter"]),
                name="agreement_amendments_known",
            ),
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", _key()),
                ("found_at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="sharing.agreement",
                    ),
                ),
                ("by", _by()),
                (
                    "purpose",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.purpose",
                    ),
                ),
            ],
            options={"ordering": ["found_at", "pk"]},
        ),
        migrations.CreateModel(
            name="AmendmentLink",
            fields=[
                ("id", _key()),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "amendment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="sharing.amendment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")),
                        name="amendment_link_hash",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="AmendmentStep",
            fields=[
                ("id", _key()),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "amendment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="sharing.amendment",
                    ),
                ),
                ("by", _by()),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(kind__in=[kind for kind, _ in KINDS]),
                        name="amendment_step_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(kind__in=["lapsed", "acknowledged"]),
                        fields=("amendment",),
                        name="amendment_ends_once",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="release",
            name="amendment",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="sharing.amendment",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="origin",
            field=models.CharField(
                choices=ORIGINS, db_default="release", default="release", max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="source",
            field=models.CharField(choices=SOURCES, db_default="csv", default="csv", max_length=10),
        ),
        migrations.AlterField(
            model_name="recallstep",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        append_only("sharing_amendment"),
        append_only("sharing_amendmentstep"),
    ]
