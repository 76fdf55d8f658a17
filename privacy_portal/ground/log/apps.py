"""The log: entries that are only ever added, in one Merkle tree."""

from django.apps import AppConfig


class LogConfig(AppConfig):
    name = "privacy_portal.ground.log"
    label = "log"
