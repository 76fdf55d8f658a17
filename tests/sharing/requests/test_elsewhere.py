"""An organisation that is typed rather than chosen is no way round an opt-out or an objection (Q1)."""

import pytest

from consent.rules import Choice
from notices.models import Purpose
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.errors import DecisionChangedError
from sharing.models import AgreedPurpose, DecidedPupil, Disclosure
from sharing.requests import deciding, disclosing, queries
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, ObjectionFactory, PupilFactory
from tests.factories.requests import DataRequestFactory, decided, handed_over, ticket_of
from tests.factories.sharing import AgreementDraftFactory, AgreementFactory
from tests.log_entries import events

pytestmark = pytest.mark.django_db
NAMES = ["Connexions Service", "Connexions (Wigan)", "C\u043ennexions", "Somebody Else"]
ITEMS = ["pupil.surname", "pupil.sex"]
KNOWN = ["opt-out:connexions"]


@pytest.fixture
def request_of(pupil, officer):
    def make(*, pupils=(pupil,), **known):
        known = {"organisation_name": "Somebody Else", "items": ITEMS} | known
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make


def agreed(request, by):
    deciding.answer(request, agrees=True, note="", number=1, by=by, at=NOON)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("purpose", ["careers-guidance", None])
def test_whatever_name_is_typed_an_opt_out_needs_a_second_officer(
    request_of, pupil, officer, second_officer, name, purpose
):
    DecisionFactory(pupil=pupil)
    known = {"purpose": Purpose.objects.get(code=purpose)} if purpose else {}
    request = request_of(organisation_name=name, **known)
    assert queries.details_of(request.pk).recipient is None
    decision = decided(request, by=officer)
    assert "elsewhere" in decision.second_reasons
    assert decision.pupils.get().elsewhere == KNOWN
    with pytest.raises(NotNowError, match="no decision to share applies"):
        handed_over(request, by=officer)
    agreed(request, second_officer)
    done, rows = handed_over(request, by=officer)
    assert rows[1] == ["Barlow", "F"]
    assert done.disclosure.approved_by == second_officer
    verify_log(lambda done: None)


def test_an_objection_to_anybody_needs_one_too(request_of, pupil, officer):
    ObjectionFactory(pupil=pupil)
    decision = decided(request_of(), by=officer)
    assert decision.second_reasons == ["elsewhere"]
    assert decision.pupils.get().elsewhere == ["objection:fft"]


def test_only_of_pupils_about_whom_something_goes(request_of, pupil, officer):
    DecisionFactory(pupil=pupil)
    other = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, other))
    decision = decided(request, by=officer, choices={pupil.pk: "none", other.pk: "share"})
    assert decision.second_reasons == []
    assert not DecidedPupil.objects.exclude(elsewhere=[]).exists()


def test_who_opted_in_or_never_decided_is_not_opted_out(request_of, pupil, officer):
    assert decided(request_of(), by=officer).second_reasons == []
    DecisionFactory(pupil=pupil, choice=Choice.OPT_IN)
    assert decided(request_of(), by=officer).second_reasons == []


def test_an_organisation_of_the_policy_has_its_own_opt_outs_only(request_of, pupil, officer):
    DecisionFactory(pupil=pupil)
    decision = decided(request_of(recipient="fft"), by=officer)
    assert (decision.second_reasons, decision.pupils.get().elsewhere) == ([], [])


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_name_like_one_in_the_list_needs_a_second_officer(request_of, officer, name):
    assert decided(request_of(organisation_name=name), by=officer).second_reasons == [
        "maybe-listed"
    ]


def test_so_does_a_purpose_that_only_one_organisation_has(request_of, officer):
    purpose = Purpose.objects.get(code="careers-guidance")
    other = Purpose.objects.exclude(pk__in=AgreedPurpose.objects.values("purpose")).first()
    assert decided(request_of(purpose=purpose), by=officer).second_reasons == ["maybe-listed"]
    assert decided(request_of(purpose=other), by=officer).second_reasons == []
    assert decided(request_of(), by=officer).second_reasons == []
    AgreementDraftFactory(purposes=[purpose.code])
    assert decided(request_of(purpose=purpose), by=officer).second_reasons == ["maybe-listed"]
    AgreementFactory(purposes=[purpose.code])
    assert decided(request_of(purpose=purpose), by=officer).second_reasons == []


def test_an_opt_out_after_the_decision_stops_the_file(request_of, pupil, officer):
    request = request_of()
    decided(request, by=officer)
    ticket = ticket_of(request)
    DecisionFactory(pupil=pupil)
    with pytest.raises(DecisionChangedError):
        handed_over(request, by=officer, ticket=ticket)
    assert not Disclosure.objects.exists()
    assert events()[-1] == "refusal"
    assert ticket_of(request).rows == {}


def test_another_opt_out_after_two_officers_knew_of_one_stops_it_too(
    request_of, pupil, officer, second_officer
):
    DecisionFactory(pupil=pupil)
    other = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, other))
    decided(request, by=officer)
    agreed(request, second_officer)
    ticket = ticket_of(request)
    assert len(ticket.rows) == 2
    ObjectionFactory(pupil=other)
    with pytest.raises(DecisionChangedError):
        handed_over(request, by=officer, ticket=ticket)
    assert list(ticket_of(request).rows) == [str(pupil.reference)]


def test_a_second_officer_does_not_agree_to_what_the_first_did_not_know(
    request_of, pupil, officer, second_officer
):
    request = request_of(others=1)
    decided(request, by=officer)
    DecisionFactory(pupil=pupil)
    with pytest.raises(NotNowError, match="has changed since this was decided"):
        agreed(request, second_officer)


@pytest.mark.parametrize("two_officers", [True, False])
def test_what_was_shared_without_a_second_officer_is_out_of_line(
    request_of, pupil, officer, second_officer, two_officers
):
    request = request_of()
    if two_officers:
        DecisionFactory(pupil=pupil)
    decided(request, by=officer)
    if two_officers:
        agreed(request, second_officer)
    else:
        DecisionFactory(pupil=pupil)
    given = disclosing.Given(
        on=DAY, means="phone", pupils=[pupil.pk], items=ITEMS, others=0, note="I rang."
    )
    recorded = disclosing.record_given(request, given, by=officer, at=NOON)
    assert recorded.out_of_line is not two_officers
    assert recorded.outcome == ("released" if two_officers else "refused")
    verify_log(lambda done: None)


class TestThePages:
    @pytest.fixture
    def desk(self, client, officer):
        client.force_login(officer)
        return client

    def test_both_officers_see_whom_the_opt_out_is_about(
        self, desk, request_of, pupil, officer, second_officer
    ):
        DecisionFactory(pupil=pupil)
        ObjectionFactory(pupil=pupil)
        request = request_of()
        page = desk.get(f"/staff/requests/{request.pk}/decide/").text
        known = (
            "This pupil is opted out of sharing with Connexions.",
            "There is an objection to sharing about this pupil with Fischer Family Trust",
        )
        for sentence in known:
            assert sentence in page
        assert "so a second officer must agree to share anything" in page
        assert "The rules allow sharing" not in page
        decided(request, by=officer)
        desk.force_login(second_officer)
        page = desk.get(f"/staff/requests/{request.pk}/").text
        for sentence in known:
            assert sentence in page
        assert "a pupil is opted out or there is an objection" in page

    @pytest.mark.parametrize("name", NAMES[:3])
    def test_they_are_asked_whether_it_is_one_in_the_list(self, desk, request_of, name):
        request = request_of(organisation_name=name)
        for part in ("", "decide/"):
            page = desk.get(f"/staff/requests/{request.pk}/{part}").text
            assert "Is this Connexions? Choose it in the list." in page
            assert f"/staff/requests/{request.pk}/parts/asker/" in page

    def test_they_are_not_asked_about_others(self, desk, request_of):
        for known in ({"organisation_name": "Example Police"}, {"recipient": "connexions"}):
            page = desk.get(f"/staff/requests/{request_of(**known).pk}/decide/").text
            assert "Choose it in the list" not in page
