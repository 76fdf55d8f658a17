"""Addresses of the log of disclosures and what officers do about them."""

from django.urls import path

from privacy_portal.ground.ui.streamed_tables import FORMATS
from sharing.review import incident_views, question_views, recall_views, record_views, views
from sharing.review.desk import saved_filter_views, sign_off_views, views as desk_views

ENTRY = "disclosures/<int:entry>/"

urlpatterns = [
    path("disclosures/", desk_views.disclosures, name="staff-disclosures"),
    *(
        path(
            f"disclosures/log.{kind}",
            desk_views.download,
            {"kind": kind},
            name=f"staff-disclosures-{kind}",
        )
        for kind in FORMATS
    ),
    path("disclosures/sign-off/", sign_off_views.sign_off, name="staff-sign-off"),
    path("disclosures/filters/", saved_filter_views.save, name="staff-saved-filter-save"),
    path(
        "disclosures/filters/<int:number>/delete/",
        saved_filter_views.delete,
        name="staff-saved-filter-delete",
    ),
    path("disclosures/recalls/", recall_views.recalls, name="staff-recalls"),
    path("disclosures/recalls/<int:number>/", recall_views.recall, name="staff-recall"),
    path("disclosures/recalls/<int:number>.pdf", recall_views.letter, name="staff-recall-letter"),
    path("disclosures/keeping/", record_views.to_destroy, name="staff-keeping"),
    path(f"{ENTRY}destroyed/", record_views.destroyed, name="staff-destroyed"),
    path(f"{ENTRY}certificate.pdf", record_views.certificate, name="staff-certificate"),
    path(f"{ENTRY}restrict/", record_views.restrict, name="staff-restrict"),
    path(f"{ENTRY}ask/", question_views.ask, name="staff-disclosure-ask"),
    path(f"{ENTRY}questions/<int:number>/", question_views.answer, name="staff-disclosure-answer"),
    path(f"{ENTRY}look/", record_views.review_override, name="staff-override-look"),
    path("incidents/", incident_views.incident_list, name="staff-incidents"),
    path("incidents/<int:number>/", incident_views.incident, name="staff-incident"),
    path(ENTRY, views.disclosure, name="staff-disclosure"),
]
