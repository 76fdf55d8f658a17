"""What recipients must destroy (R1), what was shared about one pupil, and releases made from the roll."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.after_the_fact import PastReceipt, record_receipt
from sharing.disclosures.verifying import verify_log
from sharing.models import AgreementVersion, Disclosure, KeepingStep, Release, ReleaseDefinition
from sharing.pupils import lists as pupil_lists
from sharing.releases import from_roll
from sharing.review import destruction, restricting
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import PDF
from tests.forms import day_fields
from tests.log_entries import events
from tests.mails import run_jobs, sent
from tests.recording import record
from tests.releases import content_of_response, send_by, upload_extract

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


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
        assert list(destruction.overdue(DAY)) == [late]
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
        assert list(destruction.overdue(disclosure.destroy_by + timedelta(days=1))) == [disclosure]

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

    def test_its_page_takes_few_queries(self, desk, django_assert_max_num_queries):
        for _ in range(3):
            record(desk)
        with django_assert_max_num_queries(12):
            desk.get("/staff/disclosures/keeping/")


class TestAPupilsList:
    def test_it_tells_what_went_to_whom_under_what(self, desk, pupil):
        record(desk)
        upload_and_take(desk)
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "2 entries" in page
        assert "WIG-CNX, version 2" in page
        assert "How we use information about pupils, version 3" in page
        assert "Surname" in page
        lines = list(csv.DictReader(io.StringIO(desk.get(f"{base}.csv").text)))
        assert [line["Organisation"] for line in lines] == ["Connexions", "Connexions"]
        assert lines[0]["Information"] == "Phone; Surname; Unique pupil number"
        paper = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content))
        assert "Connexions" in paper.pages[0].extract_text()
        assert events()[-1] == "pupil-opened"
        assert f"{base}/" in desk.get(f"/staff/pupils/{pupil.reference}/").text

    def test_what_was_kept_back_or_cut_is_not_in_it(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        upload_and_take(desk)
        (row,) = pupil_lists.rows_about(pupil, on=DAY)
        assert row.items == ("pupil.surname",)

    def test_a_restriction_holds_back_and_only_officers_know(self, desk, pupil, officer):
        disclosure = record(desk)
        address = f"/staff/disclosures/{disclosure.entry}/restrict/"
        until = DAY + timedelta(days=30)
        response = desk.post(address, {"ground": "Police request", **day_fields("until", until)})
        assert response.status_code == 302
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "Do not tell the family" in page
        assert "We have not shared anything else" in page
        assert len(desk.get(f"{base}.csv").text.splitlines()) == 1
        text = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content)).pages[0].extract_text()
        assert "Connexions" not in text
        assert "held back" not in text
        after = pupil_lists.rows_about(pupil, on=until + timedelta(days=1))
        assert len(pupil_lists.for_the_family(after)) == 1
        restricting.restrict(
            disclosure, until=DAY - timedelta(days=1), ground="Over", by=officer, at=NOON
        )
        assert len(pupil_lists.for_the_family(pupil_lists.rows_about(pupil, on=DAY))) == 1

    def test_it_is_empty_where_nothing_was_shared(self, desk, pupil):
        page = desk.get(f"/staff/pupils/{pupil.reference}/disclosures/").text
        assert "We have not shared anything about this pupil" in page


def upload_and_take(client):
    url = upload_extract(client, f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n".encode()).url
    client.post(f"{url}release/")
    return content_of_response(client.post(f"{url}download/"))


class TestFromTheRoll:
    FORM = {
        "name": "Connexions, monthly",
        "agreement": "WIG-CNX",
        "purpose": "careers-guidance",
        "items": ["pupil.surname", "pupil.school"],
        "every": "month",
        **day_fields("next_on", DAY),
    }

    @pytest.fixture
    def defined(self, example, client, officer):
        client.force_login(officer)
        response = client.post("/staff/releases/definitions/new/", self.FORM)
        assert response.status_code == 302, response.text
        return ReleaseDefinition.objects.get()

    def test_it_is_made_from_the_roll_and_stops_for_a_second_officer(
        self, defined, client, second_officer, officer
    ):
        url = client.post(f"/staff/releases/definitions/{defined.pk}/run/").url
        run_jobs()
        page = client.get(url).text
        assert "This was created from pupil records." in page
        assert "will be released" in page
        client.post(f"{url}release/")
        assert Release.objects.get().state == Release.State.CHECKED
        client.force_login(second_officer)
        client.post(f"{url}approve/")
        client.force_login(officer)
        client.post(f"{url}release/")
        lines = list(
            csv.DictReader(
                io.StringIO(content_of_response(client.post(f"{url}download/")).decode())
            )
        )
        assert lines
        assert set(lines[0]) == {"UPN", "Surname", "School"}
        assert Disclosure.objects.get().origin == "scheduled"
        verify_log(lambda entries: None)

    def test_it_runs_on_its_day_and_then_on_the_next(self, defined, officer, time_machine):
        assert from_roll.run_due(at=NOON - timedelta(days=1)) == 0
        assert from_roll.run_due(at=NOON) == 1
        assert from_roll.run_due(at=NOON) == 0
        defined.refresh_from_db()
        assert defined.next_on == date(2026, 12, 23)
        run_jobs()
        release = Release.objects.get()
        assert (release.state, release.must_be_approved, release.source) == (
            "checked",
            True,
            "roll",
        )

    def test_who_is_meant(self, defined):
        def number(**change):
            for name, value in {"schools": [], "year_groups": [], **change}.items():
                setattr(defined, name, value)
            return from_roll.pupils_of(defined, on=DAY).count()

        whole = number()
        assert 0 < number(schools=["990001"]) < whole
        assert 0 < number(year_groups=["9"]) < whole
        teenagers = number(youngest=13, oldest=19)
        assert 0 < teenagers < whole
        assert number(youngest=13, oldest=13) + number(youngest=14, oldest=19) == teenagers

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": "school-staff"}])
    def test_whoever_answers_for_it_must_still_be_an_officer(
        self, defined, client, officer, second_officer, change
    ):
        type(officer).objects.filter(pk=officer.pk).update(**change)
        assert from_roll.run_due(at=NOON) == 0
        client.force_login(second_officer)
        assert "is no longer a council officer" in client.get("/staff/releases/definitions/").text
        client.post(f"/staff/releases/definitions/{defined.pk}/", self.FORM)
        ReleaseDefinition.objects.update(next_on=NOON.date())
        assert from_roll.run_due(at=NOON) == 1
        assert Release.objects.get().requested_by == second_officer

    def test_nobody_in_it_is_said_and_keeps_no_other_back(self, defined, client, officer):
        ReleaseDefinition.objects.update(year_groups=["99"])
        other = client.post("/staff/releases/definitions/new/", {**self.FORM, "name": "B"})
        assert other.status_code == 302
        assert from_roll.run_due(at=NOON) == 1
        defined.refresh_from_db()
        assert "headings but no rows" in defined.problem
        assert "Last run failed" in client.get("/staff/releases/definitions/").text
        page = client.post(f"/staff/releases/definitions/{defined.pk}/run/", follow=True).text
        assert "The file was not created" in page

    @pytest.mark.parametrize(
        ("every", "last", "today", "expected"),
        [
            ("week", date(2026, 11, 2), date(2026, 11, 2), date(2026, 11, 9)),
            ("week", date(2026, 11, 2), date(2026, 11, 20), date(2026, 11, 23)),
            ("month", date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)),
            ("quarter", date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1)),
            ("year", date(2024, 2, 29), date(2026, 3, 1), date(2027, 2, 28)),
        ],
    )
    def test_the_next_day_of_a_schedule(self, every, last, today, expected):
        assert from_roll.next_day(every, last, today) == expected

    def test_it_is_changed_and_taken_away(self, defined, client, django_assert_max_num_queries):
        address = f"/staff/releases/definitions/{defined.pk}/"
        with django_assert_max_num_queries(12):
            assert "Connexions, monthly" in client.get(address).text
        wrong = client.post(address, {**self.FORM, "youngest": "9", "oldest": "8"})
        assert "must be the same as or more than" in wrong.text
        assert client.post(address, {**self.FORM, "every": "never"}).status_code == 302
        defined.refresh_from_db()
        assert defined.next_on is None
        client.post(f"{address}forget/")
        assert not ReleaseDefinition.objects.exists()
        assert events()[-1] == "release-undefined"
