from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_item_locating"),
    ]

    operations = [
        migrations.AddField(
            model_name="recipient",
            name="group",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
