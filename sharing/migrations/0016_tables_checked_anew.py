"""Tables that wait were checked when only a line headed Total was a total: they expire (S2)."""

from django.db import migrations


def expire(apps, schema_editor):
    CountsRelease = apps.get_model("sharing", "CountsRelease")
    CountsRelease.objects.filter(state="checked").update(state="expired", table=None)


class Migration(migrations.Migration):
    dependencies = [("sharing", "0015_records_sent_once")]

    operations = [migrations.RunPython(expire, migrations.RunPython.noop)]
