"""Letters with codes, and decisions made with one."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0010_passed_to_schools"),
        ("notices", "0008_translated_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("choice", "The choice: how to opt out"),
                            ("turning-16", "Now it is the pupil’s own choice"),
                            ("opt-in", "A fresh code to opt back in"),
                        ],
                        max_length=20,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10)),
                (
                    "pupils",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("to_name", models.CharField(blank=True, max_length=200)),
                (
                    "to_by",
                    models.CharField(
                        blank=True,
                        choices=[("parent", "parent"), ("pupil", "pupil")],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("ready", "Ready to download"),
                            ("failed", "Failed"),
                            ("gone", "Deleted"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("made", models.PositiveIntegerField(default=0)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consent.scheme",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consent.school",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "ready", "failed", "gone"])),
                        name="letter_run_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["choice", "turning-16", "opt-in"])),
                        name="letter_run_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LetterCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("selector", models.CharField(max_length=4)),
                ("secret_hash", models.CharField(max_length=128)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("choice", "The choice: how to opt out"),
                            ("turning-16", "Now it is the pupil’s own choice"),
                            ("opt-in", "A fresh code to opt back in"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[("parent", "parent"), ("pupil", "pupil")], max_length=10
                    ),
                ),
                ("to_name", models.CharField(max_length=200)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter_codes",
                        to="consent.pupil",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consent.scheme",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="consent.letterrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True), ("used_at__isnull", True)),
                        fields=("selector",),
                        name="letter_code_selector",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True), ("used_at__isnull", True)),
                        fields=("pupil", "scheme"),
                        name="letter_code_newest_only",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("used_at__isnull", True), ("revoked_at__isnull", True), _connector="OR"
                        ),
                        name="letter_code_used_or_revoked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["choice", "turning-16", "opt-in"])),
                        name="letter_code_kind_known",
                    ),
                ]
            },
        ),
        migrations.RemoveConstraint(
            model_name="optoutrequest",
            name="request_has_school",
        ),
        migrations.RemoveConstraint(
            model_name="optoutrequest",
            name="request_has_contact",
        ),
        migrations.RemoveConstraint(
            model_name="unconfirmedoptout",
            name="unconfirmed_has_link",
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="born",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="forename",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="surname",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="unconfirmedoptout",
            name="born",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="unconfirmedoptout",
            name="forename",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="unconfirmedoptout",
            name="surname",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddConstraint(
            model_name="unconfirmedoptout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), _negated=True),
                    ("token_hash__isnull", False),
                    ("born__isnull", False),
                ),
                name="unconfirmed_has_link",
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="code",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="consent.lettercode",
            ),
        ),
        migrations.AddConstraint(
            model_name="optoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("school__isnull", False),
                    models.Q(("other_school", ""), _negated=True),
                    ("code__isnull", False),
                    _connector="OR",
                ),
                name="request_has_school",
            ),
        ),
        migrations.AddConstraint(
            model_name="optoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), _negated=True),
                    models.Q(("phone", ""), _negated=True),
                    models.Q(("address", ""), _negated=True),
                    ("code__isnull", False),
                    _connector="OR",
                ),
                name="request_has_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="optoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("born__isnull", False),
                        models.Q(("surname", ""), _negated=True),
                        models.Q(("forename", ""), _negated=True),
                    ),
                    ("code__isnull", False),
                    _connector="OR",
                ),
                name="request_names_the_pupil",
            ),
        ),
    ]
