"""The files of the public register are kept as public pages are, until a month is published."""

from django.db import migrations

from privacy_portal.ground.public_pages.stamping import stamped


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0038_keeping_guards"),
        ("public_pages", "0002_guards"),
    ]

    operations = stamped("sharing_publishedmonth", "sharing_publishedcount")
