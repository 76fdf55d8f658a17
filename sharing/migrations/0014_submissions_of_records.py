"""A form that an officer sends twice makes one record; an extract can be deleted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0013_suspensions_lifted_at_once")]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="submission",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="means",
            field=models.CharField(
                choices=[
                    ("download", "File sent by a council officer"),
                    ("zip", "Encrypted ZIP file"),
                    ("age", "File encrypted with age"),
                    ("phone", "Phone"),
                    ("letter", "Letter"),
                    ("email", "Email"),
                    ("in-person", "In person"),
                ],
                db_default="download",
                default="download",
                max_length=20,
            ),
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
                    ("deleted", "Deleted"),
                ],
                max_length=20,
            ),
        ),
    ]
