"""Addresses of schools' work lists."""

from django.urls import path

from consent.schools import views

urlpatterns = [
    path("work/", views.work, name="staff-school-work"),
    path("work/<str:urn>.csv", views.counts, name="staff-school-file"),
    path("schools/", views.schools, name="staff-schools"),
]
