"""Schemes are told of on public pages."""

from django.db import migrations

from privacy_portal.ground.public_pages.stamping import stamped


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_pupils_by_school"), ("public_pages", "0001_initial")]

    operations = stamped("consent_scheme", "consent_schemepurpose", "consent_basicitem")
