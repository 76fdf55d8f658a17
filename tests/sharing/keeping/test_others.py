"""Forms that fitted nobody, requests for data, notes and signed agreements are emptied by their own times (R2)."""

from datetime import timedelta

import pytest

from consent.matching import matching
from consent.models import OptOutRequest
from privacy_portal.ground.files.private_files import path_of
from privacy_portal.ground.log.models import Erasure
from sharing.auditing.verifying import verify_log
from sharing.keeping.others import erase_others
from sharing.models import (
    Disclosure,
    Incident,
    IncidentStep,
    KeepingStep,
    RequestDecision,
    RequestDetails,
    Signing,
)
from sharing.requests import steps
from sharing.review import destruction, questioning, signing_off
from tests import full_record
from tests.example import DAY, NOON, UPN
from tests.factories.consent import PupilFactory, RequestFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.factories.sharing import PDF, AgreementFactory, DisclosureFactory
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=366)
WORDS = ("Quillfeather", "zzwords")


@pytest.fixture(autouse=True)
def private(settings, tmp_path, policy):
    settings.PRIVATE_DIR = tmp_path / "private"


def kinds():
    return [entry["kind"] for entry in entries("details-erased")]


def gone(words=WORDS):
    return full_record.found_of(words) == set()


def after(years, days=1):
    return NOON + years * YEAR + timedelta(days=days)


class TestForms:
    @pytest.fixture
    def form(self, officer):
        form = RequestFactory.create(
            surname="Quillfeather",
            forename="Zoe",
            person_name="Zed Quillfeather",
            relation="zzwords",
        )
        full_record.without_mails()
        return form

    def test_one_that_staff_closed_goes_after_its_years(self, form, officer):
        matching.refuse(form.reference, note="zzwords", by=officer, at=NOON)
        assert erase_others(at=after(2, days=-1)) == 0
        assert erase_others(at=after(2)) == 1
        assert gone()
        assert kinds() == ["form"]
        verify_log(lambda size: None)
        assert erase_others(at=after(9)) == 0

    def test_one_that_waits_for_a_person_stays(self, form):
        assert erase_others(at=after(20)) == 0
        assert OptOutRequest.objects.to_match().get() == form


class TestRequests:
    KNOWN = {"asker_name": "Pat Quillfeather", "purpose_words": "zzwords", "necessity": "zzwords"}

    @pytest.fixture
    def request_for_data(self, officer):
        request = DataRequestFactory.create(
            pupils=[PupilFactory.create()], known=self.KNOWN, by=officer
        )
        decided(request, by=officer, share=False)
        return request

    def test_its_texts_go_after_it_was_answered_and_its_years_are_over(
        self, request_for_data, officer
    ):
        assert erase_others(at=after(20)) == 0
        steps.record_step(request_for_data, "answered", on=DAY, note="zzwords", by=officer, at=NOON)
        assert erase_others(at=after(6, days=-1)) == 0
        assert erase_others(at=after(6)) == 1
        assert gone()
        assert all(RequestDetails.objects.values_list("erased", flat=True))
        assert RequestDecision.objects.get().kind == "refuse"
        verify_log(lambda size: None)

    def test_its_page_still_opens(self, request_for_data, officer, client):
        steps.record_step(request_for_data, "answered", on=DAY, note="x", by=officer, at=NOON)
        erase_others(at=after(6))
        client.force_login(officer)
        for page in ("/staff/requests/", f"/staff/requests/{request_for_data.pk}/"):
            assert client.get(page).status_code == 200


class TestNotes:
    @pytest.fixture
    def disclosure(self, officer, second_officer):
        PupilFactory.create(upn=UPN)
        disclosure = DisclosureFactory.create(by=officer)
        question = questioning.ask(disclosure, words="zzwords", by=second_officer, at=NOON)
        questioning.answer(question, words="zzwords", by=officer, at=NOON)
        signing_off.sign_off(disclosure, note="zzwords", by=second_officer, at=NOON)
        full_record.without_mails()
        return disclosure

    def deleted(self, disclosure, officer):
        known = {"on": DAY, "note": "zzwords", "certificate": PDF, "by": officer, "at": NOON}
        destruction.record_deletion(disclosure, **known)

    def test_they_go_once_the_organisation_has_deleted_it_and_the_years_are_over(
        self, disclosure, officer, django_capture_on_commit_callbacks
    ):
        assert erase_others(at=after(20)) == 0
        self.deleted(disclosure, officer)
        (file,) = KeepingStep.objects.values_list("file", flat=True)
        assert erase_others(at=after(6, days=-1)) == 0
        with django_capture_on_commit_callbacks(execute=True):
            assert erase_others(at=after(6)) == 1
        assert gone()
        assert not path_of("certificates", file).exists()
        assert Disclosure.objects.count() == 1
        verify_log(lambda size: None)

    def test_not_while_an_incident_is_open(self, disclosure, officer):
        self.deleted(disclosure, officer)
        incident = Incident.objects.create(disclosure=disclosure, opened_at=NOON, by=officer)
        assert erase_others(at=after(20)) == 0
        IncidentStep.objects.create(
            incident=incident, kind="closed", on=DAY, note="x", at=NOON, by=officer
        )
        assert erase_others(at=after(20)) == 1

    def test_a_disclosure_about_which_nobody_wrote_is_in_no_list(self, officer):
        DisclosureFactory.create(by=officer)
        assert erase_others(at=after(20)) == 0


def test_a_signed_agreement_goes_after_its_end_and_its_years(
    officer, django_capture_on_commit_callbacks
):
    version = AgreementFactory.create(by=officer)
    signing = Signing.objects.get(version=version)
    assert path_of("agreements", signing.file).exists()
    assert erase_others(at=after(7, days=-9)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_others(at=after(7, days=9)) == 1
    assert not path_of("agreements", signing.file).exists()
    assert gone(("Dana Director", "Hal Head"))
    assert Erasure.objects.get().what == "agreement"
    verify_log(lambda size: None)
