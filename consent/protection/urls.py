"""Addresses of the pages about protected pupils and pupils who have died."""

from django.urls import path

from consent.protection import views

ONE = "<str:reference>/"

urlpatterns = [
    path("protected/", views.protected, name="staff-protected"),
    path("news/", views.news, name="staff-pupil-news"),
    path(f"{ONE}protection/", views.protection, name="staff-protection"),
    path(f"{ONE}protection/new/", views.protect, name="staff-protect"),
    path(f"{ONE}protection/end/", views.end, name="staff-protection-end"),
    path(f"{ONE}protection/end/<int:number>/", views.answer, name="staff-protection-answer"),
    path(f"{ONE}protection/details/", views.details, name="staff-protected-details"),
    path(f"{ONE}death/", views.death, name="staff-death"),
    path(f"{ONE}death/mistake/", views.withdraw, name="staff-death-mistake"),
    path(f"{ONE}decisions/<int:decision>/met/", views.met, name="staff-met"),
]
