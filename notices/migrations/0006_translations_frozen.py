"""A translation is published with its version, and frozen with it."""

from django.db import migrations

from notices.freezing import frozen_part


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_translations")]

    operations = [frozen_part("notices_translation"), frozen_part("notices_translatedsection")]
