"""Addresses of files created from pupil records."""

from django.urls import path

from sharing.from_roll import views

urlpatterns = [
    path("", views.definitions, name="staff-definitions"),
    path("new/", views.new, name="staff-definition-new"),
    path("<int:number>/", views.edit, name="staff-definition"),
    path("<int:number>/run/", views.run, name="staff-definition-run"),
    path("<int:number>/forget/", views.forget, name="staff-definition-forget"),
]
