"""What a roll leaves open (which sheet, which encoding) is kept until somebody answers."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q, Value

STATES = [
    "asking", "checking", "checked", "faulty", "importing", "done", "failed", "gone",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("consent", "0022_held_links")]

    operations = [
        migrations.AddField(
            "rollupload",
            "asked",
            models.JSONField(default=dict, db_default=Value("{}", models.JSONField())),
        ),
        migrations.AddField(
            "rollupload",
            "reading",
            models.JSONField(default=dict, db_default=Value("{}", models.JSONField())),
        ),
        migrations.AlterField(
            "rollupload",
            "state",
            models.CharField(
                choices=[
                    ("asking", "How to read it"),
                    ("checking", "Being checked"),
                    ("checked", "Waits for your yes"),
                    ("faulty", "Has faults"),
                    ("importing", "Being imported"),
                    ("done", "Imported"),
                    ("failed", "Could not be read"),
                    ("gone", "Deleted"),
                ],
                default="checking",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint("rollupload", "roll_upload_state_known"),
        AddConstraintNotValid(
            "rollupload",
            models.CheckConstraint(condition=Q(state__in=STATES), name="roll_upload_state_known"),
        ),
        ValidateConstraint("rollupload", "roll_upload_state_known"),
    ]
