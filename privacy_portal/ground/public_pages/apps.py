"""Pages that anyone may read and any cache may keep."""

from django.apps import AppConfig


class PublicPagesConfig(AppConfig):
    name = "privacy_portal.ground.public_pages"
    label = "public_pages"
