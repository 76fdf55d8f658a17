"""The desk: uploads as jobs, headings assigned, sign-offs, keeping, tables of counts."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("notices", "0008_translated_words"),
        ("sharing", "0008_ways_and_profiles_known"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountsRelease",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agreement", models.CharField(max_length=50)),
                ("purpose", models.CharField(blank=True, max_length=100)),
                ("name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checked", "Checked"),
                            ("handed-over", "Handed over"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                        ],
                        max_length=20,
                    ),
                ),
                ("table", models.JSONField(null=True)),
                ("safe", models.JSONField(default=list)),
                ("decision", models.JSONField(default=dict)),
                ("request_reference", models.CharField(blank=True, max_length=200)),
                ("requested_on", models.DateField(null=True)),
                ("checked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "disclosure",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts_release",
                        to="sharing.disclosure",
                    ),
                ),
            ],
            options={
                "ordering": ["-checked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "handed-over"), _negated=True),
                            ("disclosure__isnull", False),
                            _connector="OR",
                        ),
                        name="counts_handed_over_are_logged",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="HeadingAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.recipient",
                    ),
                ),
                ("folded", models.CharField(max_length=200)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.item",
                    ),
                ),
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
                    models.UniqueConstraint(
                        fields=("recipient", "folded"), name="heading_assigned_once"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="KeepingStep",
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
                        related_name="keeping_steps",
                        to="sharing.disclosure",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminded", "The organisation was reminded"),
                            ("destroyed", "The organisation confirmed that it has destroyed it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("on", models.DateField()),
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
                ("note", models.CharField(max_length=500)),
                ("file", models.UUIDField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["reminded", "destroyed"])),
                        name="keeping_step_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "destroyed")),
                        fields=("disclosure",),
                        name="destroyed_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SignOff",
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
                        related_name="sign_off",
                        to="sharing.disclosure",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Undone",
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
                        related_name="undone",
                        to="sharing.disclosure",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=300)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.RemoveConstraint(
            model_name="release",
            name="release_released_has_time",
        ),
        migrations.AddField(
            model_name="disclosure",
            name="destroy_by",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="direction",
            field=models.CharField(
                choices=[("sent", "Given"), ("received", "Received")],
                db_default="sent",
                default="sent",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="file_sha256",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="means",
            field=models.CharField(
                choices=[
                    ("download", "File passed on by the officer"),
                    ("zip", "Encrypted ZIP file"),
                    ("age", "File encrypted with age"),
                    ("phone", "Telephone"),
                    ("letter", "Letter"),
                    ("email", "Email"),
                    ("in-person", "In person"),
                ],
                db_default="download",
                default="download",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="origin",
            field=models.CharField(
                choices=[
                    ("release", "An extract"),
                    ("statistics", "A table of counts"),
                    ("scheduled", "From the roll"),
                    ("after-the-fact", "Recorded after the fact"),
                ],
                db_default="release",
                default="release",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="out_of_line",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="requested_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="assigned",
            field=models.JSONField(db_default=models.Value("{}", models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="release",
            name="comment",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="release",
            name="faults",
            field=models.JSONField(db_default=models.Value("[]", models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="release",
            name="file_bytes",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="headings",
            field=models.JSONField(db_default=models.Value("[]", models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="release",
            name="left_bytes",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="passphrase",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="release",
            name="requested_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="returned_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="rows_expected",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="release",
            name="source",
            field=models.CharField(
                choices=[("csv", "CSV"), ("xlsx", "Excel"), ("ctf", "CTF"), ("paste", "Pasted")],
                db_default="csv",
                default="csv",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="decision",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="release",
            name="decision_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="release",
            name="state",
            field=models.CharField(
                choices=[
                    ("matching", "Headings to look at"),
                    ("checking", "Being checked"),
                    ("faulty", "Cannot be used"),
                    ("failed", "Could not be checked"),
                    ("checked", "Checked"),
                    ("returned", "Returned"),
                    ("released", "Ready to download"),
                    ("handed-over", "Handed over"),
                    ("void", "Void"),
                    ("refused", "Refused"),
                    ("expired", "Expired"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["released", "handed-over"]), _negated=True),
                    ("released_at__isnull", False),
                    _connector="OR",
                ),
                name="release_let_go_has_time",
            ),
        ),
        append_only("sharing_keepingstep"),
        append_only("sharing_signoff"),
        append_only("sharing_undone"),
    ]
