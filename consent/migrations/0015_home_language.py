"""The family’s language comes with the roll."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0014_roll"),
    ]

    operations = [
        migrations.AddField(
            model_name="pupil",
            name="home_language",
            field=models.CharField(blank=True, db_default="", max_length=50),
        ),
    ]
