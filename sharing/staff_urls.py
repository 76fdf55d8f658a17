"""Addresses of the officers' desk."""

from django.urls import path

from sharing import recall_views, staff_views

urlpatterns = [
    path("releases/", staff_views.releases, name="staff-releases"),
    path("releases/new/", staff_views.new_release, name="staff-release-new"),
    path("releases/<uuid:release_id>/", staff_views.release, name="staff-release"),
    path(
        "releases/<uuid:release_id>/decision.json",
        staff_views.decision_json,
        name="staff-release-decision",
    ),
    path("releases/<uuid:release_id>/approve/", staff_views.approve, name="staff-release-approve"),
    path("releases/<uuid:release_id>/release/", staff_views.let_go, name="staff-release-let-go"),
    path(
        "releases/<uuid:release_id>/download/", staff_views.download, name="staff-release-download"
    ),
    path("disclosures/", staff_views.disclosures, name="staff-disclosures"),
    path("disclosures/recalls/", recall_views.recalls, name="staff-recalls"),
    path("disclosures/recalls/<int:number>/", recall_views.recall, name="staff-recall"),
    path("disclosures/recalls/<int:number>.pdf", recall_views.letter, name="staff-recall-letter"),
    path("disclosures/<int:entry>/", staff_views.disclosure, name="staff-disclosure"),
]
