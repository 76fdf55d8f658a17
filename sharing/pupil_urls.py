"""Addresses of staff's pages about pupils."""

from django.urls import path

from consent import keying_views
from consent import pupil_views as finding
from sharing import pupil_views

urlpatterns = [
    path("", finding.pupils, name="staff-pupils"),
    path("choices/", keying_views.choices, name="staff-pupil-choices"),
    path("<str:reference>/", pupil_views.pupil, name="staff-pupil"),
    path(
        "<str:reference>/decisions/<int:decision>/invalid/",
        pupil_views.invalid,
        name="staff-decision-invalid",
    ),
]
