"""Public pages tell keeping times and deadlines: they are made anew when one changes."""

from django.db import migrations

from privacy_portal.ground.public_pages.stamping import stamped


class Migration(migrations.Migration):
    dependencies = [("terms", "0001_initial"), ("public_pages", "0002_guards")]

    operations = [*stamped("terms_policynumber", "terms_policytext")]
