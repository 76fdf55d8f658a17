"""What was done to accounts is only ever added to."""

from django.db import migrations

from privacy_portal.ground.log.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("log", "0002_guards"), ("accounts", "0005_people")]

    operations = [append_only("accounts_accountchange")]
