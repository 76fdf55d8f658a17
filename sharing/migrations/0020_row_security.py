"""School staff are shown only rows about pupils of their own schools, also by a query that forgets its
filter."""

from django.db import migrations

from privacy_portal.ground.row_security import NONE, shown_where

OF_PUPIL = "EXISTS (SELECT FROM consent_pupil shown WHERE shown.id = pupil_id)"

SHOWN = {
    "sharing_disclosureline": "EXISTS (SELECT FROM consent_pupil shown WHERE shown.reference = person)",
    "sharing_recall": "EXISTS (SELECT FROM consent_decision shown WHERE shown.id = decision_id)",
    "sharing_recallstep": "EXISTS (SELECT FROM sharing_recall shown WHERE shown.id = recall_id)",
    "sharing_listrequest": OF_PUPIL,
    "sharing_listanswer": "EXISTS (SELECT FROM sharing_listrequest shown WHERE shown.id = request_id)",
    # What officers work with, and nobody at a school.
    "sharing_rowpermission": NONE,
    "sharing_release": NONE,
    "sharing_finding": NONE,
    "sharing_countsrelease": NONE,
    "sharing_datarequest": NONE,
    "sharing_datarequeststep": NONE,
    "sharing_requestdetails": NONE,
    "sharing_requestedpupil": NONE,
    "sharing_requestdecision": NONE,
    "sharing_decidedpupil": NONE,
    "sharing_decisionanswer": NONE,
    "sharing_incident": NONE,
    "sharing_incidentstep": NONE,
    "sharing_override": NONE,
    "sharing_overridestep": NONE,
}


class Migration(migrations.Migration):
    dependencies = [("sharing", "0019_several_roles"), ("consent", "0014_row_security")]

    operations = [shown_where(table, condition) for table, condition in SHOWN.items()]
