"""Notices: what the public is told, and the vocabulary that it is told in."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
