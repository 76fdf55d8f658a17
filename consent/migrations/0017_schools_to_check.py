"""Schools that are silent or far below the others are found by a job, and stored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0016_received_entries")]

    operations = [
        migrations.AddField(
            model_name="school", name="to_check_since", field=models.DateTimeField(null=True)
        ),
    ]
