"""Addresses of staff's pages about pupils."""

from django.urls import path

from consent.keying import views as keying_views
from consent.matching import search_views as finding
from sharing.pupils import list_views as pupil_list_views, views as pupil_views

urlpatterns = [
    path("", finding.pupils, name="staff-pupils"),
    path("choices/", keying_views.choices, name="staff-pupil-choices"),
    path("<str:reference>/", pupil_views.pupil, name="staff-pupil"),
    path("<str:reference>/disclosures/", pupil_list_views.page, name="staff-pupil-list"),
    path("<str:reference>/disclosures.pdf", pupil_list_views.pdf, name="staff-pupil-list-pdf"),
    path("<str:reference>/disclosures.csv", pupil_list_views.as_csv, name="staff-pupil-list-csv"),
    path(
        "<str:reference>/decisions/<int:decision>/invalid/",
        pupil_views.invalid,
        name="staff-decision-invalid",
    ),
]
