"""Addresses of the public notices."""

from django.urls import path

from notices import views

urlpatterns = [
    path("", views.index, name="notices"),
    path("<slug:slug>/", views.in_force, name="notice"),
    path("<slug:slug>/versions/", views.versions, name="notice-versions"),
    path("<slug:slug>/versions/<int:number>/", views.version, name="notice-version"),
]
