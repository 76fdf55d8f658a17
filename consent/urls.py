"""Addresses of the online opt-out."""

from django.urls import path

from consent import public_views

urlpatterns = [
    path("", public_views.start, name="opt-out"),
    path("check/", public_views.check_answers, name="opt-out-check"),
    path("done/", public_views.done, name="opt-out-done"),
    path("about/<slug:scheme>/", public_views.begin, name="opt-out-begin"),
    path("<slug:step>/", public_views.step, name="opt-out-step"),
]
