"""Addresses of staff's pages about opt-outs."""

from django.urls import path

from consent import keying_views, objection_views, school_views, staff_views

urlpatterns = [
    path("", staff_views.opt_outs, name="staff-opt-outs"),
    path("paper/", keying_views.key, name="staff-key"),
    path("paper/batch/", keying_views.batch, name="staff-key-batch"),
    path("second/", keying_views.looks, name="staff-looks"),
    path("second/<int:number>/", keying_views.look, name="staff-look"),
    path("scans/<int:decision>/", keying_views.scan, name="staff-scan"),
    path("told/", keying_views.tellings, name="staff-tellings"),
    path("told/<int:number>/", keying_views.told, name="staff-told"),
    path("work/", school_views.work, name="staff-school-work"),
    path("work/<str:urn>.csv", school_views.counts, name="staff-school-file"),
    path("schools/", school_views.schools, name="staff-schools"),
    path("objections/", objection_views.objections, name="staff-objections"),
    path("objections/<int:number>/", objection_views.objection, name="staff-objection"),
    path("<str:reference>/", staff_views.opt_out, name="staff-opt-out"),
    path("<str:reference>/pupil/", staff_views.choose, name="staff-opt-out-choose"),
    path("<str:reference>/<slug:action>/", staff_views.act, name="staff-opt-out-act"),
]
