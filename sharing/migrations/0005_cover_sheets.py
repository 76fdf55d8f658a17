"""What goes with each file: its cover sheet (H5), and when an extract reached the desk."""

import django.db.models.deletion
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0004_agreement_templates"),
        ("log", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="received_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="CoverSheet",
            fields=[
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="cover_sheet",
                        serialize=False,
                        to="sharing.disclosure",
                    ),
                ),
                ("entry", models.BigIntegerField(unique=True)),
                ("facts", models.JSONField()),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("file_sha256__regex", "^[0-9a-f]{64}$")),
                        name="cover_sheet_fingerprint",
                    )
                ],
            },
        ),
        append_only("sharing_coversheet"),
    ]
