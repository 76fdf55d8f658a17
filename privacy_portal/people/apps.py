"""The app of people; its tables are those of `privacy_portal.ground.accounts`."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "privacy_portal.people"
    label = "people"
