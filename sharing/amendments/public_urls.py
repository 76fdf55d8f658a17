"""Address by which an organisation acknowledges an amendment."""

from django.urls import path

from sharing.amendments import public_views

urlpatterns = [
    path("<str:signed>/", public_views.acknowledge, name="amendment-acknowledge"),
]
