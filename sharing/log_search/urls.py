"""Addresses of the log."""

from django.urls import path

from sharing.log_search import views

urlpatterns = [
    path("", views.index, name="staff-log"),
    path("log.csv", views.as_csv, name="staff-log-csv"),
    path("<int:seq>/", views.page, name="staff-log-entry"),
    path("<int:seq>/proof/", views.proof, name="staff-log-proof"),
]
