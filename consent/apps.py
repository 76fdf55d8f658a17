"""Consent: schools, pupils, and the decisions people make under opt-out schemes."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"
