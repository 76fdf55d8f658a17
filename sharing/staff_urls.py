"""Addresses of the officers' desk."""

from django.urls import path

from sharing import (
    definition_views,
    disclosure_views,
    given_views,
    incident_views,
    reading_views,
    recall_views,
    record_views,
    release_views,
    statistics_views,
)

ONE = "releases/<uuid:release_id>/"

urlpatterns = [
    path("releases/", release_views.releases, name="staff-releases"),
    path("releases/new/", release_views.new_release, name="staff-release-new"),
    path("releases/override/", release_views.new_override, name="staff-release-override"),
    path("releases/definitions/", definition_views.definitions, name="staff-definitions"),
    path("releases/definitions/new/", definition_views.new, name="staff-definition-new"),
    path("releases/definitions/<int:number>/", definition_views.edit, name="staff-definition"),
    path(
        "releases/definitions/<int:number>/run/", definition_views.run, name="staff-definition-run"
    ),
    path(
        "releases/definitions/<int:number>/forget/",
        definition_views.forget,
        name="staff-definition-forget",
    ),
    path(ONE, release_views.release, name="staff-release"),
    path(f"{ONE}headings/", release_views.headings, name="staff-release-headings"),
    path(f"{ONE}reading/", reading_views.reading, name="staff-release-reading"),
    path(f"{ONE}decision.json", release_views.decision_json, name="staff-release-decision"),
    path(f"{ONE}rows.csv", release_views.rows_csv, name="staff-release-rows"),
    path(f"{ONE}why/<int:row>/", release_views.why, name="staff-release-why"),
    path(f"{ONE}approve/", release_views.approve, name="staff-release-approve"),
    path(f"{ONE}return/", release_views.send_back, name="staff-release-return"),
    path(f"{ONE}release/", release_views.let_go, name="staff-release-let-go"),
    path(f"{ONE}delete/", release_views.delete, name="staff-release-delete"),
    path(f"{ONE}download/", release_views.download, name="staff-release-download"),
    path("statistics/", statistics_views.statistics, name="staff-statistics"),
    path("statistics/new/", statistics_views.new, name="staff-statistics-new"),
    path("statistics/<uuid:release_id>/", statistics_views.counts, name="staff-counts"),
    path(
        "statistics/<uuid:release_id>/hand-over/",
        statistics_views.hand_over,
        name="staff-counts-hand-over",
    ),
    path("disclosures/", disclosure_views.disclosures, name="staff-disclosures"),
    path("disclosures/log.csv", disclosure_views.disclosures_csv, name="staff-disclosures-csv"),
    path("disclosures/recalls/", recall_views.recalls, name="staff-recalls"),
    path("disclosures/recalls/<int:number>/", recall_views.recall, name="staff-recall"),
    path("disclosures/recalls/<int:number>.pdf", recall_views.letter, name="staff-recall-letter"),
    path("disclosures/record/", given_views.record_given, name="staff-record-given"),
    path("disclosures/receive/", given_views.record_received, name="staff-record-received"),
    path("disclosures/keeping/", record_views.to_destroy, name="staff-keeping"),
    path("disclosures/<int:entry>/destroyed/", record_views.destroyed, name="staff-destroyed"),
    path(
        "disclosures/<int:entry>/certificate.pdf",
        record_views.certificate,
        name="staff-certificate",
    ),
    path("disclosures/<int:entry>/restrict/", record_views.restrict, name="staff-restrict"),
    path("disclosures/<int:entry>/look/", record_views.look, name="staff-override-look"),
    path("incidents/", incident_views.listed, name="staff-incidents"),
    path("incidents/<int:number>/", incident_views.incident, name="staff-incident"),
    path("disclosures/<int:entry>/", disclosure_views.disclosure, name="staff-disclosure"),
]
