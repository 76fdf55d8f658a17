"""Addresses of schools in numbers."""

from django.urls import path

from consent.watching import received_views, views

urlpatterns = [
    path("", views.school_figures, name="staff-school-figures"),
    path("choices.csv", views.download, name="staff-school-figures-csv"),
    path("received/<str:scheme>/", received_views.received, name="staff-choices-received"),
    path("<str:urn>/<str:scheme>/<str:name>/", views.school_list, name="staff-school-figures-list"),
]
