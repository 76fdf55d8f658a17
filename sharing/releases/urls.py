"""Addresses of the release desk."""

from django.urls import path

from sharing.releases import reading_views, views

ONE = "releases/<uuid:release_id>/"

urlpatterns = [
    path("releases/", views.releases, name="staff-releases"),
    path("releases/new/", views.new_release, name="staff-release-new"),
    path("releases/override/", views.new_override, name="staff-release-override"),
    path(ONE, views.release, name="staff-release"),
    path(f"{ONE}headings/", views.match_headings, name="staff-release-headings"),
    path(f"{ONE}reading/", reading_views.reading, name="staff-release-reading"),
    path(f"{ONE}decision.json", views.decision_json, name="staff-release-decision"),
    path(f"{ONE}rows.csv", views.rows_csv, name="staff-release-rows"),
    path(f"{ONE}why/<int:row>/", views.row_reason, name="staff-release-why"),
    path(f"{ONE}approve/", views.approve, name="staff-release-approve"),
    path(f"{ONE}return/", views.send_back, name="staff-release-return"),
    path(f"{ONE}release/", views.release_checked, name="staff-release-let-go"),
    path(f"{ONE}delete/", views.delete, name="staff-release-delete"),
    path(f"{ONE}download/", views.download, name="staff-release-download"),
]
