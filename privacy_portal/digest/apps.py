"""The app of the daily email of tasks; its setting is a column of accounts."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "privacy_portal.digest"
    label = "digest"
