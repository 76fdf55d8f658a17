"""The example after some days at the desk."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent.queries import own_pupils
from sharing.models import Disclosure, Release, ReleaseDefinition
from sharing.releases import desk
from tests.databases import as_in_a_test
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.mails import run_jobs
from tests.places import EXAMPLE
from tests.recording import ANSWERS, CALL, hidden_answers
from tests.releases import hand_over_extract, upload_extract


def made():
    """Store the example after some days at the desk for good."""
    with as_in_a_test():
        officer = OfficerFactory(email="officer@example.org")
        OfficerFactory(email="second@example.org")
        live_in(Client(), officer)


def live_in(client, officer):
    """Has the officer hand over, release and refuse extracts, record what was shared, count pupils and
    key a paper form."""
    client.force_login(officer)
    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    extract = (EXAMPLE / "extracts" / "connexions-2026-11.csv").read_bytes()
    for _ in range(2):
        upload_extract(client, extract)
    desk.release(Release.objects.first().pk, by=officer, at=NOON)
    upload_extract(client, b"UPN,Sex\r\nP207000016049,F\r\n", "WIG-FFT", "performance-analysis")
    ReleaseDefinition.objects.create(
        name="Connexions <monthly> & more", agreement="WIG-CNX", purpose="careers-guidance",
        items=["pupil.upn"], every="never", by=officer, made_at=NOON,
    )  # fmt: skip
    given = {**ANSWERS, **CALL, "upns": "", "unnamed": "2"}
    checked = client.post("/staff/disclosures/record/", given)
    client.post("/staff/disclosures/record/", hidden_answers(checked.text, "record"))
    table = SimpleUploadedFile("t.csv", b"School,Yes,No,Total\r\nA,12,3,15\r\nB,20,30,50\r\n")
    counts = {"agreement": "WIG-PH-STATS", "purpose": "health-statistics", "file": table}
    client.post("/staff/statistics/new/", counts)
    pupil = own_pupils(officer).order_by("pk").first()
    paper = {
        "submission": officer.reference, "q": "x", "pupil": pupil.reference,
        "scheme": "connexions", "choice": "opt-out", "by": "parent", "person_name": "Ben & Co",
        "channel": "phone", "received_on": "20/11/2026",
    }  # fmt: skip
    client.post("/staff/opt-outs/paper/", paper)
    run_jobs()
    client.logout()
    assert Disclosure.objects.count() >= 2
