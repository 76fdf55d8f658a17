"""Addresses of the log of disclosures and what officers do about them."""

from django.urls import path

from sharing.review import incident_views, recall_views, record_views, views

ENTRY = "disclosures/<int:entry>/"

urlpatterns = [
    path("disclosures/", views.disclosures, name="staff-disclosures"),
    path("disclosures/log.csv", views.disclosures_csv, name="staff-disclosures-csv"),
    path("disclosures/recalls/", recall_views.recalls, name="staff-recalls"),
    path("disclosures/recalls/<int:number>/", recall_views.recall, name="staff-recall"),
    path("disclosures/recalls/<int:number>.pdf", recall_views.letter, name="staff-recall-letter"),
    path("disclosures/keeping/", record_views.to_destroy, name="staff-keeping"),
    path(f"{ENTRY}destroyed/", record_views.destroyed, name="staff-destroyed"),
    path(f"{ENTRY}certificate.pdf", record_views.certificate, name="staff-certificate"),
    path(f"{ENTRY}restrict/", record_views.restrict, name="staff-restrict"),
    path(f"{ENTRY}look/", record_views.review_override, name="staff-override-look"),
    path("incidents/", incident_views.incident_list, name="staff-incidents"),
    path("incidents/<int:number>/", incident_views.incident, name="staff-incident"),
    path(ENTRY, views.disclosure, name="staff-disclosure"),
]
