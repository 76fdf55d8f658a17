"""What went or came without the desk; incidents and overrides (D)."""

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from consent.models import Pupil
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.deciding.policy import version_on
from sharing.disclosures.after_the_fact import PastReceipt, record_receipt
from sharing.models import (
    Disclosure,
    DisclosureLine,
    Incident,
    IncidentStep,
    Override,
    OverrideStep,
    Release,
)
from sharing.pupils import lists as pupil_lists
from sharing.review import destruction, incidents, overriding
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.ground import UserFactory
from tests.factories.sharing import AgreementFactory
from tests.forms import day_fields
from tests.log_entries import events
from tests.mails import run_jobs, sent
from tests.recording import ANSWERS, NOBODY, hidden_answers, record
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db
Step = IncidentStep.Kind


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


class TestAfterTheFact:
    def test_what_was_in_line_is_recorded_without_an_incident(self, desk, pupil):
        disclosure = record(desk)
        assert (disclosure.outcome, disclosure.out_of_line, disclosure.origin) == (
            "released", False, "after-the-fact",
        )  # fmt: skip
        assert disclosure.means == "phone"
        line = DisclosureLine.objects.get()
        assert (line.person, line.item_set) == (pupil.reference, 0)
        assert not Incident.objects.exists()
        page = desk.get(f"/staff/disclosures/{disclosure.entry}/").text
        assert "shared with Connexions" in page
        assert "An adviser rang." in page
        verify_log(lambda entries: None)

    def test_what_an_opt_out_forbade_is_out_of_line_and_opens_an_incident(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        disclosure = record(desk)
        assert (disclosure.outcome, disclosure.out_of_line) == ("reduced", True)
        assert disclosure.item_sets == [["pupil.phone", "pupil.surname"]]
        assert DisclosureLine.objects.get().item_set == 0
        assert Incident.objects.get().disclosure == disclosure
        assert events()[-2:] == ["disclosure", "incident-opened"]
        assert "Not allowed" in desk.get("/staff/disclosures/").text
        assert "1 incident</a> open" in desk.get("/staff/").text
        verify_log(lambda entries: None)

    def test_it_is_decided_for_its_day(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        disclosure = record(desk, **day_fields("on", DAY - timedelta(days=1)))
        assert not disclosure.out_of_line

    def test_what_went_without_any_agreement_is_recorded_too(self, desk, pupil):
        disclosure = record(desk, agreement="", recipient="fft", keeping="not-agreed")
        assert (disclosure.outcome, disclosure.reasons, disclosure.out_of_line) == (
            "refused",
            ["no-agreement"],
            True,
        )
        assert disclosure.recipient.code == "fft"
        assert events()[-2:] == ["disclosure", "incident-opened"]
        line = DisclosureLine.objects.get()
        assert (line.person, line.item_set) == (pupil.reference, 0)
        assert [row.items for row in pupil_lists.whole_list(pupil, on=DAY)] == [
            ("pupil.phone", "pupil.surname")
        ]
        verify_log(lambda entries: None)

    def test_a_pupil_that_nobody_knows_is_out_of_line(self, desk):
        disclosure = record(desk, upns=f"{UPN}\n{NOBODY}")
        assert (disclosure.outcome, disclosure.rows_total, disclosure.rows_withheld) == (
            "reduced",
            2,
            1,
        )
        assert disclosure.out_of_line

    def test_a_pupil_written_twice_is_one(self, desk):
        disclosure = record(desk, upns=f"{UPN}\n{UPN.lower()}, {UPN}")
        assert (disclosure.rows_total, disclosure.out_of_line) == (1, False)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"upns": ""}, "Enter at least one unique pupil number"),
            (
                {"agreement": "", "recipient": ""},
                "Select an organisation if there was no agreement",
            ),
            ({"items": []}, "Select what information was shared"),
            (day_fields("on", DAY + timedelta(days=1)), "must be today or in the past"),
            ({"agreement": "", "recipient": "fft"}, "Select whether a date was agreed"),
            (
                {"agreement": "", "recipient": "fft", "keeping": "agreed"},
                "Enter the agreed date",
            ),
            (
                {
                    "agreement": "",
                    "recipient": "fft",
                    "keeping": "agreed",
                    **day_fields("destroy_by", DAY - timedelta(days=1)),
                },
                "must be the same as or after the date it was shared",
            ),
            ({"upns": "nonsense"}, "Line 1: “NONSENSE” is not a unique pupil number"),
            ({"upns": f"{UPN}\n\nA207000016049"}, "Line 3: “A207000016049” is not"),
            ({"upns": f"{UPN}, B35"}, "Line 1: “B35” is not"),
            ({"unnamed": "1001"}, "must be 1000 or fewer"),
            ({"unnamed": "1000"}, "You can record up to 1,000 people at a time"),
        ],
    )
    def test_what_is_missing_is_said(self, desk, change, said):
        response = desk.post("/staff/disclosures/record/", {**ANSWERS, **change})
        assert response.status_code == 422
        assert said in response.text
        assert not Disclosure.objects.exists()


@pytest.fixture
def incident(desk, pupil):
    DecisionFactory(pupil=pupil)
    record(desk)
    return Incident.objects.get()


class TestIncidents:
    def step(self, client, incident, kind, note="Why and how."):
        address = f"/staff/incidents/{incident.pk}/"
        return client.post(address, {"kind": kind, "note": note, **day_fields("on", DAY)})

    def test_it_is_closed_only_once_all_is_decided(self, desk, incident):
        early = self.step(desk, incident, "closed")
        assert early.status_code == 422
        assert "assess the risk" in early.text
        for kind in ("assessed", "ico-not-told", "people-told", "recalled"):
            assert self.step(desk, incident, kind).status_code == 302
        page = desk.get(f"/staff/incidents/{incident.pk}/").text
        assert "You can close this incident" in page
        assert self.step(desk, incident, "closed").status_code == 302
        assert self.step(desk, incident, "note").status_code == 422
        assert "There are no open incidents" in desk.get("/staff/incidents/").text
        assert "Closed" in desk.get("/staff/incidents/?all=1").text
        assert events()[-1] == "incident-closed"

    def test_the_clock_runs_for_72_hours_and_officers_are_told(self, incident, second_officer):
        def told(hours):
            before = Message.objects.count()
            incidents.remind(at=incident.opened_at + timedelta(hours=hours))
            new = Message.objects.order_by("-pk")[: Message.objects.count() - before]
            return sorted(each.subject.split(":")[0] for each in new)

        assert told(0) == ["New incident"] * 2
        assert told(47) == []
        assert told(48) == ["Due soon"] * 2
        assert told(72) == ["Overdue"] * 2
        assert told(99) == []

    def test_the_database_closes_it_once(self, incident, officer):
        row = {"incident": incident, "kind": "closed", "on": DAY, "note": "x", "by": officer}
        IncidentStep.objects.create(**row, at=NOON)
        with pytest.raises(IntegrityError, match="incident_closed_once"), transaction.atomic():
            IncidentStep.objects.create(**row, at=NOON)

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
        **day_fields("on", DAY),
    }

    def test_what_is_received_is_logged_and_kept_as_long_as_agreed(self, policy, client, officer):
        client.force_login(officer)
        checked = client.post("/staff/disclosures/receive/", self.KNOWN)
        assert "Check what you are about to record" in checked.text
        assert not Disclosure.objects.exists()
        recorded = client.post(
            "/staff/disclosures/receive/", hidden_answers(checked.text, "record")
        )
        assert recorded.status_code == 302
        disclosure = Disclosure.objects.get()
        assert (disclosure.direction, disclosure.recipient.code) == ("received", "public-health")
        assert disclosure.destroy_by == date(2027, 11, 23)
        assert (
            "received from Wigan Council public health"
            in client.get(f"/staff/disclosures/{disclosure.entry}/").text
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

    def test_answers_can_be_changed_and_are_recorded_once(self, policy, client, officer):
        client.force_login(officer)
        answers = {**self.KNOWN, "request_reference": "PH-9"}
        checked = client.post("/staff/disclosures/receive/", answers).text
        assert "PH-9" in checked
        form = client.post("/staff/disclosures/receive/", hidden_answers(checked, "change"))
        assert form.status_code == 200
        assert "Height by school, in counts.</textarea>" in form.text
        assert 'value="PH-9"' in form.text
        assert 'value="pupil.height" checked' in form.text
        assert not Disclosure.objects.exists()
        ready = hidden_answers(checked, "record")
        first = client.post("/staff/disclosures/receive/", ready)
        second = client.post("/staff/disclosures/receive/", ready)
        assert first.url == second.url
        assert Disclosure.objects.get().request_reference == "PH-9"
        assert events().count("disclosure") == 1

    def test_without_a_retention_period_there_is_no_day_to_delete_by(self, policy, officer):
        version = AgreementFactory(form="aggregate", items=("pupil.sex",), retention_months=None)
        what = PastReceipt(version, "performance-analysis", DAY, "email", "Counts.", officer)
        assert record_receipt(what, at=NOON).destroy_by is None
        assert not destruction.outstanding().exists()
        verify_log(lambda entries: None)


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
        DecisionFactory(pupil=pupil)
        url = self.released(desk)
        page = desk.get(url).text
        assert "Children Act 1989, section 47" in page
        assert "Information about 1 pupil will be released." in page
        desk.post(f"{url}release/")
        assert b"01942 1" in content_of_response(desk.post(f"{url}download/"))
        disclosure = Disclosure.objects.get()
        assert disclosure.overridden
        assert Override.objects.get().legal_ground == "Children Act 1989, section 47"
        body = json.loads(bytes(Entry.objects.get(seq=disclosure.entry).body))
        assert body["overridden"] == "yes"
        assert "Despite an opt-out" in desk.get("/staff/disclosures/").text
        verify_log(lambda entries: None)
        desk.force_login(second_officer)
        assert "review within 24 hours" in desk.get("/staff/").text
        assert "Agree" in desk.get(f"/staff/disclosures/{disclosure.entry}/").text

    @pytest.mark.parametrize(
        ("change", "content"),
        [
            ("born", f"UPN,Surname\r\n{UPN},Barlow\r\n"),
            (None, f"UPN,Surname\r\n{NOBODY},Barlow\r\n"),
            (None, f"UPN,Surname\r\n{UPN},Other\r\n"),
        ],
    )
    def test_it_overrides_nothing_but_an_opt_out(self, desk, pupil, change, content):
        DecisionFactory(pupil=pupil)
        if change:
            Pupil.objects.update(born=date(2020, 1, 1))
        assert (
            "Nothing in this file can be released." in desk.get(self.released(desk, content)).text
        )
        assert not Override.objects.exists()

    def test_a_column_outside_the_agreement_stays(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        url = self.released(desk, f"UPN,Surname,Email\r\n{UPN},Barlow,x@example.org\r\n")
        desk.post(f"{url}release/")
        assert b"example.org" not in content_of_response(desk.post(f"{url}download/"))

    def test_where_nobody_is_opted_out_there_is_no_override(self, desk):
        url = self.released(desk)
        assert Release.objects.get().override is None
        desk.post(f"{url}release/")
        content_of_response(desk.post(f"{url}download/"))
        assert not Override.objects.exists()
        assert not Disclosure.objects.get().overridden

    def override(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        url = self.released(desk)
        desk.post(f"{url}release/")
        content_of_response(desk.post(f"{url}download/"))
        return Override.objects.select_related("disclosure").get()

    def test_a_second_officer_confirms_never_ones_own(self, desk, pupil, second_officer):
        override = self.override(desk, pupil)
        look = f"/staff/disclosures/{override.disclosure.entry}/look/"
        desk.post(look, {"kind": "confirmed", "note": ""})
        assert not OverrideStep.objects.exists()
        desk.force_login(second_officer)
        desk.post(look, {"kind": "confirmed", "note": "Seen."})
        desk.post(look, {"kind": "contested", "note": "Again."})
        assert [step.kind for step in OverrideStep.objects.all()] == ["confirmed"]
        assert overriding.raise_due(at=NOON + timedelta(hours=25)) == 0

    def test_one_contested_is_raised_at_once(self, desk, pupil, second_officer, settings):
        settings.AUDITOR_EMAIL = "auditor@example.org"
        override = self.override(desk, pupil)
        desk.force_login(second_officer)
        look = f"/staff/disclosures/{override.disclosure.entry}/look/"
        desk.post(look, {"kind": "contested", "note": "No risk."})
        assert [step.kind for step in OverrideStep.objects.all()] == ["contested", "raised"]
        assert "disagrees with this" in sent()[-1].body
        assert sent()[-1].to == ["auditor@example.org"]

    def test_after_24_hours_it_is_raised_to_the_auditor_once(self, desk, pupil, settings):
        settings.AUDITOR_EMAIL = "auditor@example.org"
        override = self.override(desk, pupil)
        assert overriding.raise_due(at=override.at + timedelta(hours=23, minutes=59)) == 0
        assert overriding.raise_due(at=override.at + timedelta(hours=24)) == 1
        assert overriding.raise_due(at=override.at + timedelta(hours=48)) == 0
        assert sent()[-1].to == ["auditor@example.org"]
        assert events()[-1] == "override-raised"
        with pytest.raises(IntegrityError, match="override_step_once"), transaction.atomic():
            OverrideStep.objects.create(override=override, kind="raised", at=NOON)

    @pytest.mark.parametrize("closest", [True, False])
    def test_where_no_auditor_is_named_it_is_raised_to_those_who_can_see_to_it(
        self, desk, pupil, officer, second_officer, closest
    ):
        override = self.override(desk, pupil)
        plain = UserFactory(email="plain@example.org", roles=[Role.OFFICER])
        auditor = UserFactory(email="auditor@example.org", roles=[Role.AUDITOR])
        left = [second_officer.pk] if closest else [second_officer.pk, auditor.pk]
        User.objects.filter(pk__in=left).update(is_active=False)
        if not closest:
            User.objects.filter(pk=officer.pk).update(roles=[Role.OFFICER])
        assert overriding.raise_due(at=override.at + timedelta(hours=24)) == 1
        told = {"auditor@example.org"} if closest else {plain.email}
        assert {address for mail in sent() for address in mail.to} == {officer.email, *told}

    def test_nobody_reviews_what_is_no_override_nor_with_another_answer(
        self, desk, pupil, second_officer
    ):
        plain, override = record(desk), self.override(desk, pupil)
        desk.force_login(second_officer)
        for entry, kind in (
            (plain.entry, "confirmed"),
            (override.disclosure.entry, "raised"),
            (override.disclosure.entry, ""),
        ):
            answer = {"kind": kind, "note": "x"}
            assert desk.post(f"/staff/disclosures/{entry}/look/", answer).status_code == 404
        assert not OverrideStep.objects.exists()

    def test_one_contested_after_it_was_raised_is_not_raised_again(
        self, desk, pupil, second_officer, settings
    ):
        settings.AUDITOR_EMAIL = "auditor@example.org"
        override = self.override(desk, pupil)
        assert overriding.raise_due(at=override.at + timedelta(hours=24)) == 1
        desk.force_login(second_officer)
        look = f"/staff/disclosures/{override.disclosure.entry}/look/"
        assert desk.post(look, {"kind": "contested", "note": "No risk."}).status_code == 302
        assert [step.kind for step in OverrideStep.objects.all()] == ["raised", "contested"]
        assert events().count("override-raised") == 1
        assert len(sent()) == 1

    def test_ground_law_and_reason_are_needed(self, desk):
        response = desk.post("/staff/releases/override/", {"agreement": "WIG-CNX"})
        assert response.status_code == 422
        for said in (
            "Select the grounds",
            "Enter the law or court order",
            "Enter why it must be released",
        ):
            assert said in response.text


def test_the_version_of_the_day_is_found(policy):
    assert version_on("WIG-CNX", date(2010, 1, 1)).number == 1
    assert version_on("WIG-CNX", DAY).number == 2
    assert version_on("NONE", DAY) is None
