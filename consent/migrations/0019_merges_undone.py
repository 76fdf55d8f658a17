"""Merges of records can be undone, need a second officer, and know what they brought."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0018_questions_of_rolls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MergeAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agrees", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="MergedDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MergedUpn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("present", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="MergeProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="MergeUndone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="pupilmerge",
            name="agreed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pupilmerge",
            name="last_decision",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="rollcontact",
            name="merge",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.pupilmerge",
            ),
        ),
        # The unique constraint goes, and with it its index; a trigger follows it. The table is small.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE consent_pupilmerge DROP CONSTRAINT consent_pupilmerge_gone_id_key",
                    "ALTER TABLE consent_pupilmerge "
                    "ADD CONSTRAINT consent_pupilmerge_gone_id_key UNIQUE (gone_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="pupilmerge",
                    name="gone",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_into",
                        to="consent.pupil",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="pupilmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by__isnull", True),
                    models.Q(("agreed_by", models.F("by")), _negated=True),
                    _connector="OR",
                ),
                name="merge_agreed_by_another",
            ),
        ),
        migrations.AddField(
            model_name="mergeanswer",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mergeddecision",
            name="copy",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copied_from",
                to="consent.decision",
            ),
        ),
        migrations.AddField(
            model_name="mergeddecision",
            name="merge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="consent.pupilmerge",
            ),
        ),
        migrations.AddField(
            model_name="mergeddecision",
            name="original",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="consent.decision",
            ),
        ),
        migrations.AddField(
            model_name="mergedupn",
            name="merge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="upns",
                to="consent.pupilmerge",
            ),
        ),
        migrations.AddField(
            model_name="mergedupn",
            name="number",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="consent.pupilupn"
            ),
        ),
        migrations.AddField(
            model_name="mergeproposal",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mergeproposal",
            name="gone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.pupil"
            ),
        ),
        migrations.AddField(
            model_name="mergeproposal",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.pupil"
            ),
        ),
        migrations.AddField(
            model_name="mergeanswer",
            name="proposal",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answer",
                to="consent.mergeproposal",
            ),
        ),
        migrations.AddField(
            model_name="mergeundone",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mergeundone",
            name="merge",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone",
                to="consent.pupilmerge",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeddecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("original", models.F("copy")), _negated=True),
                name="merged_decision_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergedupn",
            constraint=models.UniqueConstraint(fields=("merge", "number"), name="merged_upn_once"),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("gone", models.F("kept")), _negated=True),
                name="merge_proposal_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="merge_proposal_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agrees", True), models.Q(("note", ""), _negated=True), _connector="OR"
                ),
                name="merge_refused_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergeundone",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="merge_undone_has_reason"
            ),
        ),
    ]
