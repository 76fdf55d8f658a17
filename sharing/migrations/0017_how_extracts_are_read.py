"""What an extract leaves open (which sheet, which encoding), what was answered, what it hides."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0016_tables_checked_anew"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="asked",
            field=models.JSONField(db_default=models.Value("{}", models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="release",
            name="reading",
            field=models.JSONField(db_default=models.Value("{}", models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="release",
            name="warnings",
            field=models.JSONField(db_default=models.Value("[]", models.JSONField()), default=list),
        ),
        migrations.AlterField(
            model_name="release",
            name="state",
            field=models.CharField(
                choices=[
                    ("asking", "How to read it"),
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
                    ("deleted", "Deleted"),
                ],
                max_length=20,
            ),
        ),
    ]
