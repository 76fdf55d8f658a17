"""Pages: the layout, forms as GOV.UK components, error pages."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "privacy_portal.ground.ui"
    label = "ui"

    def ready(self) -> None:
        from privacy_portal.ground import checks  # noqa: F401 - registers the start checks
