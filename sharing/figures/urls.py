"""Addresses of figures."""

from django.urls import path

from sharing.figures import views

urlpatterns = [
    path("", views.figures, name="staff-figures"),
    path("<slug:name>/", views.figures, name="staff-figures-page"),
    path("<slug:name>/<slug:table>.csv", views.table_csv, name="staff-figures-csv"),
]
