"""The function that counts the stamp up."""

from django.db import migrations

from privacy_portal.ground.public_pages.stamping import FUNCTION_SQL


class Migration(migrations.Migration):
    dependencies = [("public_pages", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION_SQL, "DROP FUNCTION portal_stamp()")]
