"""Sharing: agreements, deciding on extracts, releases, and what was disclosed."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"
