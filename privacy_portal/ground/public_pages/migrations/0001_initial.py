"""The stamp and the function that counts it up."""

from django.db import migrations, models

from privacy_portal.ground.public_pages.stamping import FUNCTION_SQL


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="stamp_one_row")
                ]
            },
        ),
        migrations.RunSQL(FUNCTION_SQL, "DROP FUNCTION portal_stamp()"),
    ]
