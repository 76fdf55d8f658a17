"""Addresses of the queue of online opt-outs."""

from django.urls import path

from consent.matching import views

urlpatterns = [
    path("", views.opt_outs, name="staff-opt-outs"),
    path("<str:reference>/", views.opt_out, name="staff-opt-out"),
    path("<str:reference>/pupil/", views.choose, name="staff-opt-out-choose"),
    path("<str:reference>/<slug:action>/", views.act, name="staff-opt-out-act"),
]
