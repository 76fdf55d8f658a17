"""Mails to people: kept with the change they tell of, sent by a job, never lost."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "privacy_portal.ground.mail"
    label = "mail"
