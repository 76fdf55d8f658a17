"""Agreements are told of on public pages."""

from django.db import migrations

from privacy_portal.ground.public_pages.stamping import stamped


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_frozen_and_append_only"), ("public_pages", "0001_initial")]

    operations = stamped(
        "sharing_agreement",
        "sharing_agreementversion",
        "sharing_suspension",
        "sharing_agreedpurpose",
        "sharing_agreeditem",
    )
