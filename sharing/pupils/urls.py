"""Addresses of staff's pages about pupils."""

from django.urls import path

from consent.keying import views as keying_views
from consent.matching import views as matching_views
from sharing.pupils import list_views, views

ONE = "<str:reference>/"

urlpatterns = [
    path("", matching_views.pupils, name="staff-pupils"),
    path("choices/", keying_views.choices, name="staff-pupil-choices"),
    path(ONE, views.pupil, name="staff-pupil"),
    path(f"{ONE}disclosures/", list_views.page, name="staff-pupil-list"),
    path(f"{ONE}disclosures.pdf", list_views.pdf, name="staff-pupil-list-pdf"),
    path(f"{ONE}disclosures.csv", list_views.as_csv, name="staff-pupil-list-csv"),
    path(f"{ONE}disclosures/ask/", list_views.ask, name="staff-pupil-list-ask"),
    path(f"{ONE}disclosures/ask/<int:number>/", list_views.answer, name="staff-pupil-list-answer"),
    path(f"{ONE}decisions/<int:decision>/invalid/", views.invalid, name="staff-decision-invalid"),
]
