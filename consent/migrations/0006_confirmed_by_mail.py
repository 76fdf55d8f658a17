"""Opt-outs are confirmed by a link; staff match those that fit no single pupil."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0005_stamped"),
        ("notices", "0008_translated_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="FormerName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("surname_folded", models.CharField(max_length=200)),
                ("forename_folded", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="RequestStep",
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
                            ("asked", "The person was asked to get in touch"),
                            ("passed", "Passed on"),
                            ("not-found", "No pupil on the roll fits"),
                            ("refused", "It never was an opt-out"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="UnconfirmedOptOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("submission", models.UUIDField(null=True, unique=True)),
                ("token_hash", models.CharField(max_length=64, null=True)),
                (
                    "choice",
                    models.CharField(
                        choices=[("opt-out", "opt-out"), ("opt-in", "opt-in")],
                        db_default="opt-out",
                        max_length=10,
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[("parent", "parent"), ("pupil", "pupil")], max_length=10
                    ),
                ),
                ("person_name", models.CharField(max_length=200)),
                ("relation", models.CharField(blank=True, max_length=100)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=50)),
                ("address", models.CharField(blank=True, max_length=500)),
                ("surname", models.CharField(max_length=200)),
                ("forename", models.CharField(max_length=200)),
                ("born", models.DateField()),
                ("other_school", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="invalidation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("wrong-pupil", "It was about another pupil"),
                    ("no-responsibility", "The person may not decide for this pupil"),
                    ("other", "Another reason"),
                ],
                db_default="other",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="choice",
            field=models.CharField(
                choices=[("opt-out", "opt-out"), ("opt-in", "opt-in")],
                db_default="opt-out",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.noticeversion",
            ),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="submission",
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name="optoutrequest",
            name="token_hash",
            field=models.CharField(max_length=64, null=True),
        ),
        # Django would drop an index by the way, which is not there.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE consent_decision DROP CONSTRAINT consent_decision_request_id_key",
                    "ALTER TABLE consent_decision ADD CONSTRAINT consent_decision_request_id_key UNIQUE (request_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="decision",
                    name="request",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="consent.optoutrequest",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="scheme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.scheme"
            ),
        ),
        migrations.AlterField(
            model_name="optoutrequest",
            name="school",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.school",
            ),
        ),
        migrations.AddConstraint(
            model_name="invalidation",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["wrong-pupil", "no-responsibility", "other"])),
                name="invalidation_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="formername",
            name="pupil",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="former_names",
                to="consent.pupil",
            ),
        ),
        migrations.AddField(
            model_name="requeststep",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="requeststep",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="consent.optoutrequest",
            ),
        ),
        migrations.AddField(
            model_name="requeststep",
            name="to_school",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.school",
            ),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.noticeversion",
            ),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="scheme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.scheme"
            ),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="school",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.school",
            ),
        ),
        migrations.AddConstraint(
            model_name="formername",
            constraint=models.UniqueConstraint(
                fields=("pupil", "surname_folded", "forename_folded"), name="former_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="requeststep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["asked", "passed", "not-found", "refused"])),
                name="request_step_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="requeststep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "refused"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="request_refused_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="requeststep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_school__isnull", True), ("kind", "passed"), _connector="OR"
                ),
                name="request_step_to_school_only_if_passed",
            ),
        ),
        migrations.AddConstraint(
            model_name="unconfirmedoptout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), _negated=True), ("token_hash__isnull", False)
                ),
                name="unconfirmed_has_link",
            ),
        ),
        migrations.AddConstraint(
            model_name="unconfirmedoptout",
            constraint=models.UniqueConstraint(fields=("token_hash",), name="unconfirmed_token"),
        ),
        append_only("consent_requeststep"),
    ]
