"""Addresses of staff's pages about opt-outs."""

from django.urls import path

from consent import staff_views

urlpatterns = [
    path("", staff_views.opt_outs, name="staff-opt-outs"),
    path("<str:reference>/", staff_views.opt_out, name="staff-opt-out"),
    path("<str:reference>/pupil/", staff_views.choose, name="staff-opt-out-choose"),
    path("<str:reference>/<slug:action>/", staff_views.act, name="staff-opt-out-act"),
]
