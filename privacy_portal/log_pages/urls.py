"""Addresses at which anyone reads checkpoints and tiles of the log."""

from django.urls import path

from privacy_portal.log_pages import views

urlpatterns = [
    path("", views.index, name="log"),
    path("checkpoint", views.checkpoint, name="log-checkpoint"),
    path("policy", views.policy, name="log-policy"),
    path("cosignature", views.cosignature, name="log-cosignature"),
    path("tile/<path:path>", views.tile, name="log-tile"),
    path("<str:name>", views.program, name="log-program"),
]
