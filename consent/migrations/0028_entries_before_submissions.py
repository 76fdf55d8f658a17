from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0027_moves_followed_up")]

    operations = [
        migrations.AddField(
            model_name="optoutrequest",
            name="entries_before",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="unconfirmedoptout",
            name="entries_before",
            field=models.BigIntegerField(null=True),
        ),
    ]
