"""What officers wrote in rows that are only ever added can be emptied by an erasure (R2)."""

from django.db import migrations

from privacy_portal.ground.log.append_only import erasable

# Table, column of its primary key, and what becomes of its columns: `Erasable.guard` of its model.
ERASABLE = [
    (
        "sharing_amendmentstep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_disclosure",
        "id",
        ('{"erased":true,"note":"","request_reference":""}'),
    ),
    (
        "sharing_signoff",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_keepingstep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_recallstep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_incidentstep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_override",
        "id",
        '{"erased":true,"legal_ground":"","reason":""}',
    ),
    (
        "sharing_overridestep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_restriction",
        "id",
        '{"erased":true,"ground":""}',
    ),
    (
        "sharing_listanswer",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_disclosurequestion",
        "id",
        '{"erased":true,"words":""}',
    ),
    (
        "sharing_disclosureanswer",
        "id",
        '{"erased":true,"words":""}',
    ),
    (
        "sharing_rowpermission",
        "id",
        '{"erased":true,"reason":""}',
    ),
    (
        "sharing_requestdetails",
        "id",
        (
            '{"asker_name":"","asker_role":"","check_note":"","condition":"","contact":"","'
            'dpia":"","erased":true,"necessity":"","organisation_key":"","organisation_name'
            '":"","others_words":"","power_words":"","purpose_words":"","their_reference":"'
            '","urgent_why":"","view_by":"","view_words":"","words":""}'
        ),
    ),
    (
        "sharing_requestdecision",
        "id",
        '{"erased":true,"harm_words":"","reasons":"","words":""}',
    ),
    (
        "sharing_decisionanswer",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_datarequeststep",
        "id",
        '{"erased":true,"note":""}',
    ),
    (
        "sharing_signing",
        "id",
        (
            '{"council_name":"","council_role":"","erased":true,"recipient_name":"","recipien'
            't_role":""}'
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("sharing", "0037_keeping"), ("log", "0009_erasure_guards")]

    operations = [erasable(*guard) for guard in ERASABLE]
