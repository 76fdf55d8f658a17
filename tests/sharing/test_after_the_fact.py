"""What went or came without the desk; incidents, overrides, keeping, a pupil's list, and releases
made from the roll."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from consent.models import Pupil
from privacy_portal.log.models import Entry
from privacy_portal.mail.models import Message
from sharing import (
    after_the_fact,
    defining,
    incidents,
    keeping,
    overriding,
    pupil_lists,
    queries,
    restricting,
)
from sharing.errors import NotNowError
from sharing.models import (
    Disclosure,
    DisclosureLine,
    Incident,
    IncidentStep,
    KeepingStep,
    Override,
    OverrideStep,
    Release,
    ReleaseDefinition,
)
from sharing.verifying import verify_log
from tests.conftest import DAY, NOON, UPN
from tests.mails import run_jobs, sent
from tests.sharing.test_agreements import PDF, a_day
from tests.sharing.test_desk import received, sent_by
from tests.sharing.test_desk_pages import upload
from tests.sharing.test_releasing import events, opt_out

pytestmark = pytest.mark.django_db
NOBODY = "A999999999999"
GIVEN = {
    "agreement": "WIG-CNX",
    "recipient": "",
    "purpose": "careers-guidance",
    "means": "phone",
    "items": ["pupil.surname", "pupil.phone"],
    "upns": UPN,
    "note": "An adviser rang.",
    **a_day("on", DAY),
}
Step = IncidentStep.Kind


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


def record(client, **change):
    response = client.post("/staff/disclosures/record/", {**GIVEN, **change})
    assert response.status_code == 302, response.text
    return Disclosure.objects.order_by("-pk").first()


class TestAfterTheFact:
    def test_what_was_in_line_is_recorded_without_an_incident(self, desk, pupil):
        made = record(desk)
        assert (made.outcome, made.out_of_line, made.origin) == (
            "released", False, "after-the-fact",
        )  # fmt: skip
        assert made.means == "phone"
        line = DisclosureLine.objects.get()
        assert (line.person, line.item_set) == (pupil.reference, 0)
        assert not Incident.objects.exists()
        page = desk.get(f"/staff/disclosures/{made.entry}/").text
        assert "Given: Connexions" in page
        assert "An adviser rang." in page
        verify_log(lambda entries: None)

    def test_what_an_opt_out_forbade_is_out_of_line_and_opens_an_incident(self, desk, pupil):
        opt_out(pupil)
        made = record(desk)
        assert (made.outcome, made.out_of_line) == ("reduced", True)
        assert made.item_sets == [["pupil.phone", "pupil.surname"]]
        assert DisclosureLine.objects.get().item_set == 0
        assert Incident.objects.get().disclosure == made
        assert events()[-2:] == ["disclosure", "incident-opened"]
        assert "Out of line" in desk.get("/staff/disclosures/").text
        assert "1 incident is" in desk.get("/staff/").text
        verify_log(lambda entries: None)

    def test_it_is_decided_for_its_day(self, desk, pupil):
        opt_out(pupil)
        made = record(desk, **a_day("on", DAY - timedelta(days=1)))
        assert not made.out_of_line

    def test_what_went_without_any_agreement_is_recorded_too(self, desk, pupil):
        made = record(desk, agreement="", recipient="fft")
        assert (made.outcome, made.reasons, made.out_of_line) == ("refused", ["no-agreement"], True)
        assert made.recipient.code == "fft"
        assert events()[-2:] == ["disclosure", "incident-opened"]
        line = DisclosureLine.objects.get()
        assert (line.person, line.item_set) == (pupil.reference, 0)
        assert [row.items for row in pupil_lists.rows_about(pupil, on=DAY)] == [
            ("pupil.phone", "pupil.surname")
        ]
        verify_log(lambda entries: None)

    def test_a_pupil_that_nobody_knows_is_out_of_line(self, desk):
        made = record(desk, upns=f"{UPN}\n{NOBODY}")
        assert (made.outcome, made.rows_total, made.rows_withheld) == ("reduced", 2, 1)
        assert made.out_of_line

    def test_a_pupil_written_twice_is_one(self, desk):
        made = record(desk, upns=f"{UPN}\n{UPN.lower()}, {UPN}")
        assert (made.rows_total, made.out_of_line) == (1, False)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"upns": ""}, "Write the numbers of the pupils"),
            ({"agreement": "", "recipient": ""}, "Choose the organisation"),
            ({"items": []}, "Choose which information"),
            (a_day("on", DAY + timedelta(days=1)), "must not be in the future"),
        ],
    )
    def test_what_is_missing_is_said(self, desk, change, said):
        response = desk.post("/staff/disclosures/record/", {**GIVEN, **change})
        assert response.status_code == 422
        assert said in response.text
        assert not Disclosure.objects.exists()


@pytest.fixture
def incident(desk, pupil):
    opt_out(pupil)
    record(desk)
    return Incident.objects.get()


class TestIncidents:
    def step(self, client, incident, kind, note="Why and how."):
        address = f"/staff/incidents/{incident.pk}/"
        return client.post(address, {"kind": kind, "note": note, **a_day("on", DAY)})

    def test_it_is_closed_only_once_all_is_decided(self, desk, incident):
        early = self.step(desk, incident, "closed")
        assert early.status_code == 422
        assert "the risk is assessed" in early.text
        for kind in ("assessed", "ico-not-told", "people-told", "recalled"):
            assert self.step(desk, incident, kind).status_code == 302
        page = desk.get(f"/staff/incidents/{incident.pk}/").text
        assert "it can be closed" in page
        assert self.step(desk, incident, "closed").status_code == 302
        assert self.step(desk, incident, "note").status_code == 422
        assert "No incident is open" in desk.get("/staff/incidents/").text
        assert "Closed" in desk.get("/staff/incidents/?all=1").text
        assert events()[-1] == "incident-closed"

    def test_the_clock_runs_for_72_hours_and_officers_are_told(self, incident, second_officer):
        def told(hours):
            before = Message.objects.count()
            incidents.remind(at=incident.opened_at + timedelta(hours=hours))
            new = Message.objects.order_by("-pk")[: Message.objects.count() - before]
            return sorted(each.subject.split(":")[0] for each in new)

        assert told(0) == ["A new incident"] * 2
        assert told(47) == []
        assert told(48) == ["Due soon"] * 2
        assert told(72) == ["Overdue"] * 2
        assert told(99) == []

    def test_once_the_ico_is_decided_about_nobody_is_reminded(self, desk, incident):
        self.step(desk, incident, "ico-told")
        incidents.remind(at=incident.opened_at + timedelta(hours=80))
        assert not Message.objects.filter(key__contains="/over/").exists()

    def test_its_pages_take_few_queries(self, desk, incident, django_assert_max_num_queries):
        for page in ("/staff/incidents/", f"/staff/incidents/{incident.pk}/"):
            with django_assert_max_num_queries(12):
                assert desk.get(page).status_code == 200


class TestReceived:
    KNOWN = {
        "agreement": "WIG-PH-STATS",
        "purpose": "health-statistics",
        "means": "email",
        "items": ["pupil.height"],
        "note": "Height by school, in counts.",
        **a_day("on", DAY),
    }

    def test_what_is_received_is_logged_and_kept_as_long_as_agreed(self, policy, client, officer):
        client.force_login(officer)
        assert client.post("/staff/disclosures/receive/", self.KNOWN).status_code == 302
        made = Disclosure.objects.get()
        assert (made.direction, made.recipient.code) == ("received", "public-health")
        assert made.destroy_by == date(2027, 11, 23)
        assert (
            "Received: Wigan Council public health"
            in client.get(f"/staff/disclosures/{made.entry}/").text
        )
        assert json.loads(bytes(Entry.objects.last().body))["direction"] == "received"
        assert "The council, from" in client.get("/staff/disclosures/keeping/").text
        assert "public health" not in client.get("/sharing/disclosures/").text.split("<main")[1]
        verify_log(lambda entries: None)

    def test_what_the_agreement_does_not_cover_is_said(self, policy, client, officer):
        client.force_login(officer)
        wrong = client.post(
            "/staff/disclosures/receive/", {**self.KNOWN, "purpose": "careers-guidance"}
        )
        assert wrong.status_code == 422
        assert "does not cover this purpose" in wrong.text
        wrong = client.post("/staff/disclosures/receive/", {**self.KNOWN, "items": ["pupil.upn"]})
        assert "does not cover all of this information" in wrong.text
        assert not Disclosure.objects.exists()


class TestOverride:
    WHY = {
        "ground": "safeguarding",
        "legal_ground": "Children Act 1989, section 47",
        "reason": "The child is at risk.",
    }

    def released(self, client, content=None):
        content = content or f"UPN,Surname,Telephone\r\n{UPN},Barlow,01942 1\r\n"
        response = client.post(
            "/staff/releases/override/",
            {
                "agreement": "WIG-CNX", "purpose": "careers-guidance",
                "file": SimpleUploadedFile("x.csv", content.encode()), **self.WHY,
            },
        )  # fmt: skip
        assert response.status_code == 302, response.text
        run_jobs()
        return response.url

    def test_it_lets_go_what_an_opt_out_keeps_back_and_is_marked(self, desk, pupil, second_officer):
        opt_out(pupil)
        url = self.released(desk)
        page = desk.get(url).text
        assert "Children Act 1989, section 47" in page
        assert "1 of 1 pupils will go." in page
        desk.post(f"{url}release/")
        assert b"01942 1" in received(desk.post(f"{url}download/"))
        made = Disclosure.objects.get()
        assert made.overridden
        assert Override.objects.get().legal_ground == "Children Act 1989, section 47"
        body = json.loads(bytes(Entry.objects.get(seq=made.entry).body))
        assert body["overridden"] == "yes"
        assert "Against an opt-out" in desk.get("/staff/disclosures/").text
        verify_log(lambda entries: None)
        desk.force_login(second_officer)
        assert "look at it within 24 hours" in desk.get("/staff/").text
        assert "Confirm the override" in desk.get(f"/staff/disclosures/{made.entry}/").text

    @pytest.mark.parametrize(
        ("change", "content"),
        [
            ("born", f"UPN,Surname\r\n{UPN},Barlow\r\n"),
            (None, f"UPN,Surname\r\n{NOBODY},Barlow\r\n"),
            (None, f"UPN,Surname\r\n{UPN},Other\r\n"),
        ],
    )
    def test_it_overrides_nothing_but_an_opt_out(self, desk, pupil, change, content):
        opt_out(pupil)
        if change:
            Pupil.objects.update(born=date(2020, 1, 1))
        assert "Nothing in this file may leave" in desk.get(self.released(desk, content)).text
        assert not Override.objects.exists()

    def test_a_column_outside_the_agreement_stays(self, desk, pupil):
        opt_out(pupil)
        url = self.released(desk, f"UPN,Surname,Email\r\n{UPN},Barlow,x@example.org\r\n")
        desk.post(f"{url}release/")
        assert b"example.org" not in received(desk.post(f"{url}download/"))

    def test_where_nobody_is_opted_out_there_is_no_override(self, desk):
        url = self.released(desk)
        assert Release.objects.get().override is None
        desk.post(f"{url}release/")
        received(desk.post(f"{url}download/"))
        assert not Override.objects.exists()
        assert not Disclosure.objects.get().overridden

    def override(self, desk, pupil):
        opt_out(pupil)
        url = self.released(desk)
        desk.post(f"{url}release/")
        received(desk.post(f"{url}download/"))
        return Override.objects.select_related("disclosure").get()

    def test_a_second_officer_confirms_never_ones_own(self, desk, pupil, second_officer):
        made = self.override(desk, pupil)
        look = f"/staff/disclosures/{made.disclosure.entry}/look/"
        desk.post(look, {"kind": "confirmed", "note": ""})
        assert not OverrideStep.objects.exists()
        desk.force_login(second_officer)
        desk.post(look, {"kind": "confirmed", "note": "Seen."})
        desk.post(look, {"kind": "contested", "note": "Again."})
        assert [each.kind for each in OverrideStep.objects.all()] == ["confirmed"]
        assert overriding.raise_due(at=NOON + timedelta(hours=25)) == 0

    def test_one_contested_is_raised_at_once(self, desk, pupil, second_officer, settings):
        settings.AUDITOR_EMAIL = "auditor@example.org"
        made = self.override(desk, pupil)
        desk.force_login(second_officer)
        look = f"/staff/disclosures/{made.disclosure.entry}/look/"
        desk.post(look, {"kind": "contested", "note": "No risk."})
        assert [each.kind for each in OverrideStep.objects.all()] == ["contested", "raised"]
        assert "contests it" in sent()[-1].body
        assert sent()[-1].to == ["auditor@example.org"]

    def test_after_24_hours_it_is_raised_to_the_auditor_once(self, desk, pupil, settings):
        settings.AUDITOR_EMAIL = "auditor@example.org"
        made = self.override(desk, pupil)
        assert overriding.raise_due(at=made.at + timedelta(hours=23, minutes=59)) == 0
        assert overriding.raise_due(at=made.at + timedelta(hours=24)) == 1
        assert overriding.raise_due(at=made.at + timedelta(hours=48)) == 0
        assert sent()[-1].to == ["auditor@example.org"]
        assert events()[-1] == "override-raised"
        with pytest.raises(IntegrityError), transaction.atomic():
            OverrideStep.objects.create(override=made, kind="raised", at=NOON)

    def test_ground_law_and_reason_are_needed(self, desk):
        response = desk.post("/staff/releases/override/", {"agreement": "WIG-CNX"})
        assert response.status_code == 422
        for said in ("Choose the ground", "Write which law or order", "Write it down"):
            assert said in response.text


def given(desk, **change):
    return record(desk, **change)


class TestKeeping:
    def contact(self, email="data@example.org"):
        from django.db import connection

        sent_by("")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sharing_agreementversion DISABLE TRIGGER frozen")
            cursor.execute("UPDATE sharing_agreementversion SET contact_email = %s", [email])
            cursor.execute("ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen")

    def test_the_overdue_are_listed_oldest_first(self, desk, time_machine, officer):
        late = given(desk, **a_day("on", DAY - timedelta(days=400)))
        later = given(desk)
        listed = list(keeping.outstanding())
        assert listed == [late, later]
        assert list(keeping.overdue(DAY)) == [late]
        page = desk.get("/staff/disclosures/keeping/").text
        assert "2 entries, 1 overdue" in page
        assert "should be destroyed" in desk.get("/staff/").text

    def test_the_recipient_is_reminded_before_and_after(self, desk):
        self.contact()
        made = given(desk)

        def reminded(on):
            keeping.remind(at=NOON + (on - DAY))
            return [each.on for each in KeepingStep.objects.all()]

        by = made.destroy_by
        assert reminded(by - timedelta(days=15)) == []
        assert reminded(by - timedelta(days=14)) == [by - timedelta(days=14)]
        assert len(reminded(by)) == 1
        assert len(reminded(by + timedelta(days=1))) == 2
        assert len(reminded(by + timedelta(days=29))) == 2
        assert len(reminded(by + timedelta(days=30))) == 3
        assert "destroy" in sent()[0].subject
        assert sent()[0].to == ["data@example.org"]

    def test_the_certificate_is_kept_and_ends_the_wait(self, desk):
        made = given(desk)
        address = f"/staff/disclosures/{made.entry}/destroyed/"
        wrong = desk.post(
            address,
            {
                "note": "By letter",
                **a_day("on", DAY - timedelta(days=9)),
                "certificate": SimpleUploadedFile("c.pdf", b"no"),
            },
        )
        assert "must not be before the disclosure" in wrong.text
        assert "must be a whole PDF" in wrong.text
        done = {
            "note": "By letter", **a_day("on", DAY),
            "certificate": SimpleUploadedFile("c.pdf", PDF),
        }  # fmt: skip
        assert desk.post(address, done).status_code == 302
        assert not keeping.outstanding().exists()
        assert desk.get(f"/staff/disclosures/{made.entry}/certificate.pdf").content == PDF
        assert "The certificate" in desk.get(f"/staff/disclosures/{made.entry}/").text
        assert events()[-1] == "destruction-confirmed"
        with pytest.raises(NotNowError):
            keeping.destroyed(made, on=DAY, note="x", certificate=None, by=made.by, at=NOON)

    def test_its_page_takes_few_queries(self, desk, django_assert_max_num_queries):
        for _ in range(3):
            given(desk)
        with django_assert_max_num_queries(12):
            desk.get("/staff/disclosures/keeping/")


class TestAPupilsList:
    def test_it_tells_what_went_to_whom_under_what(self, desk, pupil):
        given(desk)
        upload_and_take(desk)
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "2 times" in page
        assert "WIG-CNX, version 2" in page
        assert "pupils/3" in page
        assert "Surname" in page
        lines = list(csv.DictReader(io.StringIO(desk.get(f"{base}.csv").text)))
        assert [each["To whom"] for each in lines] == ["Connexions", "Connexions"]
        assert lines[0]["Which information"] == "Phone; Surname; Unique pupil number"
        paper = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content))
        assert "Connexions" in paper.pages[0].extract_text()
        assert events()[-1] == "pupil-opened"
        assert f"{base}/" in desk.get(f"/staff/pupils/{pupil.reference}/").text

    def test_what_was_kept_back_or_cut_is_not_in_it(self, desk, pupil):
        opt_out(pupil)
        upload_and_take(desk)
        (row,) = pupil_lists.rows_about(pupil, on=DAY)
        assert row.items == ("pupil.surname",)

    def test_a_restriction_holds_back_and_only_officers_know(self, desk, pupil, officer):
        made = given(desk)
        address = f"/staff/disclosures/{made.entry}/restrict/"
        until = DAY + timedelta(days=30)
        response = desk.post(address, {"ground": "Police request", **a_day("until", until)})
        assert response.status_code == 302
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "do not tell the family" in page
        assert "Nothing else was shared" in page
        assert len(desk.get(f"{base}.csv").text.splitlines()) == 1
        text = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content)).pages[0].extract_text()
        assert "Connexions" not in text
        assert "held back" not in text
        after = pupil_lists.rows_about(pupil, on=until + timedelta(days=1))
        assert len(pupil_lists.for_the_family(after)) == 1
        restricting.restrict(
            made, until=DAY - timedelta(days=1), ground="Over", by=officer, at=NOON
        )
        assert len(pupil_lists.for_the_family(pupil_lists.rows_about(pupil, on=DAY))) == 1

    def test_it_is_empty_where_nothing_was_shared(self, desk, pupil):
        page = desk.get(f"/staff/pupils/{pupil.reference}/disclosures/").text
        assert "Nothing was shared about this pupil yet" in page


def upload_and_take(client):
    url = upload(client, f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n".encode()).url
    client.post(f"{url}release/")
    return received(client.post(f"{url}download/"))


class TestFromTheRoll:
    FORM = {
        "name": "Connexions, monthly",
        "agreement": "WIG-CNX",
        "purpose": "careers-guidance",
        "items": ["pupil.surname", "pupil.school"],
        "every": "month",
        **a_day("next_on", DAY),
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
        assert "It was made from the roll." in page
        assert "pupils will go" in page
        client.post(f"{url}release/")
        assert Release.objects.get().state == Release.State.CHECKED
        client.force_login(second_officer)
        client.post(f"{url}approve/")
        client.force_login(officer)
        client.post(f"{url}release/")
        lines = list(csv.DictReader(io.StringIO(received(client.post(f"{url}download/")).decode())))
        assert lines
        assert set(lines[0]) == {"UPN", "Surname", "School"}
        verify_log(lambda entries: None)

    def test_it_runs_on_its_day_and_then_on_the_next(self, defined, officer, time_machine):
        assert defining.run_due(at=NOON - timedelta(days=1)) == 0
        assert defining.run_due(at=NOON) == 1
        assert defining.run_due(at=NOON) == 0
        defined.refresh_from_db()
        assert defined.next_on == date(2026, 12, 23)
        run_jobs()
        made = Release.objects.get()
        assert (made.state, made.must_be_approved, made.source) == ("checked", True, "roll")

    def test_who_is_meant(self, defined):
        def number(**change):
            for name, value in {"schools": [], "year_groups": [], **change}.items():
                setattr(defined, name, value)
            return defining.pupils_of(defined, on=DAY).count()

        whole = number()
        assert 0 < number(schools=["990001"]) < whole
        assert 0 < number(year_groups=["9"]) < whole
        teenagers = number(youngest=13, oldest=19)
        assert 0 < teenagers < whole
        assert number(youngest=13, oldest=13) + number(youngest=14, oldest=19) == teenagers

    def test_nobody_in_it_is_said_and_keeps_no_other_back(self, defined, client, officer):
        ReleaseDefinition.objects.update(year_groups=["99"])
        other = client.post("/staff/releases/definitions/new/", {**self.FORM, "name": "B"})
        assert other.status_code == 302
        assert defining.run_due(at=NOON) == 1
        defined.refresh_from_db()
        assert "no row under it" in defined.problem
        assert "could not be made" in client.get("/staff/releases/definitions/").text
        page = client.post(f"/staff/releases/definitions/{defined.pk}/run/", follow=True).text
        assert "Nothing was made" in page

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
        assert defining.next_day(every, last, today) == expected

    def test_it_is_changed_and_taken_away(self, defined, client, django_assert_max_num_queries):
        address = f"/staff/releases/definitions/{defined.pk}/"
        with django_assert_max_num_queries(12):
            assert "Connexions, monthly" in client.get(address).text
        wrong = client.post(address, {**self.FORM, "youngest": "9", "oldest": "8"})
        assert "must not be below" in wrong.text
        assert client.post(address, {**self.FORM, "every": "never"}).status_code == 302
        defined.refresh_from_db()
        assert defined.next_on is None
        client.post(f"{address}forget/")
        assert not ReleaseDefinition.objects.exists()
        assert events()[-1] == "release-undefined"


def test_the_version_of_the_day_is_found(policy):
    assert queries.version_on("WIG-CNX", date(2010, 1, 1)).number == 1
    assert queries.version_on("WIG-CNX", DAY).number == 2
    assert queries.version_on("NONE", DAY) is None
    assert after_the_fact.Given.__doc__
