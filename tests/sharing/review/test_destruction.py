"""What organisations must destroy, and when (R1)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui import fields
from sharing.disclosures.after_the_fact import PastReceipt, record_receipt
from sharing.models import AgreementVersion, KeepingStep
from sharing.review import destruction
from tests.example import DAY, NOON
from tests.factories.sharing import PDF
from tests.forms import day_fields
from tests.log_entries import entries, events
from tests.mails import sent
from tests.recording import CALL, record
from tests.releases import send_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


def pks(rows):
    return [row.pk for row in rows]


class TestKeeping:
    def contact(self, email="data@example.org"):
        from django.db import connection

        send_by("")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sharing_agreementversion DISABLE TRIGGER frozen")
            cursor.execute("UPDATE sharing_agreementversion SET contact_email = %s", [email])
            cursor.execute("ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen")

    def test_the_overdue_are_listed_oldest_first(self, desk, time_machine, officer):
        late = record(desk, **day_fields("on", DAY - timedelta(days=400)))
        later = record(desk)
        disclosures = list(destruction.outstanding())
        assert disclosures == [late, later]
        assert pks(destruction.due_before(DAY)) == [late.pk]
        page = desk.get("/staff/disclosures/keeping/").text
        assert "2 entries, 1 overdue" in page
        assert "Data to delete" in desk.get("/staff/").text

    def test_the_recipient_is_reminded_before_and_after(self, desk):
        self.contact()
        disclosure = record(desk)

        def reminded(on):
            destruction.remind(at=NOON + (on - DAY))
            return [step.on for step in KeepingStep.objects.all()]

        by = disclosure.destroy_by
        assert reminded(by - timedelta(days=15)) == []
        assert reminded(by - timedelta(days=14)) == [by - timedelta(days=14)]
        assert len(reminded(by)) == 1
        assert len(reminded(by + timedelta(days=1))) == 2
        assert len(reminded(by + timedelta(days=29))) == 2
        assert len(reminded(by + timedelta(days=30))) == 3
        assert sent()[0].subject.startswith("Delete our data by")
        assert sent()[0].to == ["data@example.org"]

    def test_without_an_agreement_or_an_address_nobody_is_written_to(self, desk):
        """The agreed day stands in the list for an officer to ask."""
        self.contact(email="")
        told = record(desk, **{**CALL, "keeping": "agreed"}, **day_fields("destroy_by", DAY))
        sent_under_agreement = record(desk)
        late = NOON + timedelta(days=1_000)
        assert destruction.remind(at=late) == 0
        assert sent() == []
        assert not KeepingStep.objects.exists()
        assert pks(destruction.due_before(late.date())) == [told.pk, sent_under_agreement.pk]

    def test_what_the_council_received_is_listed_and_nobody_is_written_to(self, desk, officer):
        self.contact()
        version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
        what = PastReceipt(version, "careers-guidance", DAY, "email", "Destinations.", officer)
        disclosure = record_receipt(what, at=NOON)
        assert disclosure.destroy_by is not None
        assert list(destruction.outstanding()) == [disclosure]
        assert destruction.remind(at=NOON + (disclosure.destroy_by - DAY)) == 0
        assert destruction.remind(at=NOON + timedelta(days=1_000)) == 0
        assert sent() == []
        assert not KeepingStep.objects.exists()
        assert pks(destruction.due_before(disclosure.destroy_by + timedelta(days=1))) == [
            disclosure.pk
        ]

    def test_the_certificate_is_kept_and_ends_the_wait(self, desk):
        disclosure = record(desk)
        address = f"/staff/disclosures/{disclosure.entry}/destroyed/"
        wrong = desk.post(
            address,
            {
                "note": "By letter",
                **day_fields("on", DAY - timedelta(days=9)),
                "certificate": SimpleUploadedFile("c.pdf", b"no"),
            },
        )
        assert "must be the same as or after the disclosure" in wrong.text
        assert "must be a PDF" in wrong.text
        done = {
            "note": "By letter", **day_fields("on", DAY),
            "certificate": SimpleUploadedFile("c.pdf", PDF),
        }  # fmt: skip
        assert desk.post(address, done).status_code == 302
        assert not destruction.outstanding().exists()
        assert desk.get(f"/staff/disclosures/{disclosure.entry}/certificate.pdf").content == PDF
        assert "Certificate" in desk.get(f"/staff/disclosures/{disclosure.entry}/").text
        assert events()[-1] == "destruction-confirmed"
        with pytest.raises(NotNowError):
            destruction.record_deletion(
                disclosure, on=DAY, note="x", certificate=None, by=disclosure.by, at=NOON
            )

    def test_a_certificate_may_be_left_out_and_a_large_one_is_refused(self, desk, monkeypatch):
        disclosure = record(desk)
        address = f"/staff/disclosures/{disclosure.entry}/destroyed/"
        done = {"note": "By letter", **day_fields("on", DAY)}
        monkeypatch.setattr(fields, "MOST_PDF_BYTES", len(PDF) - 1)
        large = desk.post(address, {**done, "certificate": SimpleUploadedFile("c.pdf", PDF)})
        assert large.status_code == 422
        assert "The selected file must be smaller than" in large.text
        assert destruction.outstanding().exists()
        assert desk.post(address, done).status_code == 302
        assert not destruction.outstanding().exists()
        assert entries("destruction-confirmed")[0]["certificate"] is None
        assert "certificate.pdf" not in desk.get(f"/staff/disclosures/{disclosure.entry}/").text
        assert desk.get(f"/staff/disclosures/{disclosure.entry}/certificate.pdf").status_code == 404

    def test_its_page_takes_few_queries(self, desk, django_assert_max_num_queries):
        for _ in range(3):
            record(desk)
        with django_assert_max_num_queries(12):
            desk.get("/staff/disclosures/keeping/")
