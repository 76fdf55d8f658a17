"""Addresses of the nightly control."""

from django.urls import path

from sharing.control import views

urlpatterns = [
    path("", views.control, name="staff-control"),
    path("run/", views.run_now, name="staff-control-run-now"),
    path("resume/", views.propose, name="staff-control-resume"),
    path("resume/<int:number>/", views.answer, name="staff-control-answer"),
    path("nights/", views.nights, name="staff-control-nights"),
    path("<int:number>/", views.run_page, name="staff-control-run"),
]
