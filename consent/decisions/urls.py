"""Addresses of officers' pages about objections."""

from django.urls import path

from consent.decisions import objection_views

urlpatterns = [
    path("objections/", objection_views.objections, name="staff-objections"),
    path("objections/<int:number>/", objection_views.objection, name="staff-objection"),
]
