"""Addresses of the choices that schools enter in their own systems."""

from django.urls import path

from consent.schools import views

urlpatterns = [
    path("work/", views.to_enter, name="staff-school-work"),
    path("work/<str:urn>.csv", views.download, name="staff-school-file"),
    path("schools/", views.schools, name="staff-schools"),
]
