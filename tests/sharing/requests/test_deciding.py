"""Requests for data are decided by officers, pupil by pupil, under lock (Q1)."""

import pytest
from django.db import IntegrityError, connection, transaction

from consent.identities import merging
from consent.models import Source
from consent.protection.recording import record_death
from notices.models import Purpose
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.models import (
    DataRequestStep,
    DecisionAnswer,
    RequestDecision,
    RequestDetails,
)
from sharing.requests import deciding, queries, receiving, steps
from tests.example import DAY, NOON
from tests.factories.consent import (
    DecisionFactory,
    ObjectionFactory,
    ProtectionFactory,
    PupilFactory,
)
from tests.factories.requests import DataRequestFactory, decided
from tests.log_entries import events

pytestmark = pytest.mark.django_db
Part = RequestDetails.Part


@pytest.fixture
def request_of(pupil, officer):
    def make(*, pupils=(pupil,), **known):
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make


def answer(request, by, *, agrees=True, note=""):
    number = queries.standing_decision(request).decision.number
    return deciding.answer(request, agrees=agrees, note=note, number=number, by=by, at=NOON)


def test_all_that_is_asked_for_is_shared_where_the_rules_allow_it(request_of, officer):
    decision = decided(request_of(), by=officer)
    assert (decision.kind, decision.second_reasons) == ("share-all", [])
    assert decision.pupils.get().items == ["pupil.surname", "pupil.phone"]
    assert queries.standing_decision(decision.request).applies
    assert events()[-1] == "request-decided"
    verify_log(lambda done: None)


def test_some_of_it_is_shared_if_a_pupil_or_an_item_is_left(request_of, pupil, officer):
    other = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, other))
    decision = decided(request, by=officer, choices={pupil.pk: "share", other.pk: "none"})
    assert decision.kind == "share-some"
    fewer = decided(request_of(), by=officer, items=["pupil.surname"])
    assert (fewer.kind, fewer.pupils.get().items) == ("share-some", ["pupil.surname"])


def test_a_request_is_refused_with_whatever_is_known(pupil, officer):
    request = DataRequestFactory(
        known={"asker_check": "", "check_note": "", "power": ""}, by=officer
    )
    decision = decided(request, by=officer, share=False)
    assert (decision.kind, decision.items) == ("refuse", [])
    assert not decision.pupils.exists()


@pytest.mark.parametrize(
    ("known", "need"),
    [
        ({"asker_check": "", "check_note": ""}, "how you checked who asks"),
        ({"asker_name": ""}, "who asks"),
        ({"contact": ""}, "how they can be reached"),
        ({"purpose_words": ""}, "what they need it for"),
        ({"power": ""}, "the legal power"),
        ({"power": "other-act", "power_words": ""}, "the legal power"),
        ({"necessity": ""}, "why this much is necessary"),
        ({"special_category": True}, "the condition for special category data"),
        ({"view": ""}, "the data protection officer’s view"),
        ({"view": "asked"}, "the data protection officer’s view"),
    ],
)
def test_nothing_is_shared_before_all_that_is_needed_is_known(request_of, officer, known, need):
    request = request_of(**known)
    with pytest.raises(NotNowError, match=need):
        decided(request, by=officer)
    assert not RequestDecision.objects.exists()


def test_a_protected_pupil_needs_a_permission_and_a_second_officer(
    request_of, pupil, officer, second_officer
):
    ProtectionFactory(pupil=pupil)
    request = request_of()
    with pytest.raises(NotNowError, match="has changed"):
        decided(request, by=officer)
    decision = decided(request, by=officer, choice="share.without-locating")
    row = decision.pupils.get()
    assert (row.items, row.reason) == (["pupil.surname"], "protected")
    assert decision.second_reasons == ["protected"]
    assert not queries.standing_decision(request).applies
    with pytest.raises(NotNowError, match="You decided this"):
        answer(request, officer)
    answer(request, second_officer)
    assert queries.standing_decision(request).applies
    assert events()[-1] == "request-decision-answered"
    verify_log(lambda done: None)


def test_what_tells_where_a_protected_pupil_is_goes_only_with_a_permission_of_its_own(
    request_of, pupil, officer
):
    ProtectionFactory(pupil=pupil)
    decision = decided(request_of(), by=officer, choice="share.whole")
    assert decision.pupils.get().items == ["pupil.surname", "pupil.phone"]
    assert decision.second_reasons == ["protected"]


def test_an_objection_withholds_everything(request_of, pupil, officer):
    ObjectionFactory(pupil=pupil)
    with pytest.raises(NotNowError, match="has changed"):
        decided(request_of(recipient="fft"), by=officer)


def test_an_objection_is_about_its_own_purpose(request_of, pupil, officer):
    ObjectionFactory(pupil=pupil)
    other = Purpose.objects.get(code="careers-guidance")
    assert decided(request_of(recipient="fft", purpose=other), by=officer).kind == "share-all"


def test_about_a_pupil_who_has_died_nothing_is_shared(request_of, pupil, officer):
    record_death(pupil, died_on=DAY, source=Source.OFFICER, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="has changed"):
        decided(request_of(), by=officer, choice="share.whole.despite")


def test_a_merged_record_is_asked_about_as_the_one_that_was_kept(request_of, pupil, officer):
    twin = PupilFactory()
    request = request_of(pupils=(pupil, twin))
    merging.merge(twin, pupil, reason="One child.", by=officer, at=NOON)
    assert queries.pupils_of(queries.details_of(request.pk)) == [pupil]
    ProtectionFactory(pupil=pupil)
    with pytest.raises(NotNowError, match="has changed"):
        decided(request, by=officer)


def test_an_organisation_written_by_hand_is_the_policys_own(request_of, pupil, officer):
    ObjectionFactory(pupil=pupil)
    request = request_of(organisation_name="fischer family  trust (FFT)")
    assert queries.details_of(request.pk).recipient.code == "fft"
    with pytest.raises(NotNowError):
        decided(request, by=officer)


def test_an_opt_out_leaves_the_basic_details_unless_a_second_officer_agrees(
    request_of, pupil, officer, second_officer
):
    DecisionFactory(pupil=pupil)
    known = {"recipient": "connexions"}
    basic = decided(request_of(**known), by=officer)
    assert (basic.pupils.get().items, basic.second_reasons) == (["pupil.surname"], [])
    request = request_of(**known)
    with pytest.raises(NotNowError, match="despite an opt-out"):
        decided(request, by=officer, choice="share.despite")
    decision = decided(request, by=officer, choice="share.despite", ground="safeguarding")
    assert decision.pupils.get().items == ["pupil.surname", "pupil.phone"]
    assert (decision.second_reasons, decision.override_ground) == (["opted-out"], "safeguarding")


def test_special_categories_strangers_and_a_view_against_it_need_a_second_officer(
    request_of, officer
):
    special = request_of(special_category=True, condition="Schedule 1, paragraph 18")
    assert decided(special, by=officer).second_reasons == ["special-category"]
    assert decided(request_of(others=1), by=officer).second_reasons == ["not-on-record"]
    against = request_of(view="disagrees", view_by="Dee", view_on=DAY)
    assert decided(against, by=officer).second_reasons == ["view-against"]


def test_section_16la_asks_for_the_harm_test(request_of, officer):
    request = request_of(power="section-16la")
    with pytest.raises(NotNowError, match="16LA"):
        decided(request, by=officer)
    with pytest.raises(NotNowError, match="harm the child more"):
        decided(request, by=officer, harmful=True, harm_words="A parent would find out.")
    decision = decided(request, by=officer, harmful=False, harm_words="Nobody else learns it.")
    assert (decision.harmful, decision.kind) == (False, "share-all")


def test_a_decision_sent_back_is_made_anew(request_of, pupil, officer, second_officer):
    ProtectionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer, choice="share.whole")
    with pytest.raises(NotNowError, match="waits for a second officer"):
        receiving.change(request, Part.PURPOSE, {"necessity": "More."}, seen=2, by=officer, at=NOON)
    answer(request, second_officer, agrees=False, note="Not the address.")
    receiving.change(request, Part.PURPOSE, {"necessity": "More."}, seen=2, by=officer, at=NOON)
    decided(request, by=officer, choice="share.without-locating")
    answer(request, second_officer)
    with pytest.raises(NotNowError, match="is decided"):
        receiving.change(request, Part.PURPOSE, {"necessity": "x"}, seen=3, by=officer, at=NOON)
    assert [row.stands for row in queries.decisions_on(request)] == [False, True]


def test_a_second_officer_cannot_agree_to_what_the_rules_now_withhold(
    request_of, pupil, officer, second_officer
):
    request = request_of(special_category=True, condition="Schedule 1")
    decided(request, by=officer)
    ProtectionFactory(pupil=pupil)
    with pytest.raises(NotNowError, match="has changed since this was decided"):
        answer(request, second_officer)
    assert not DecisionAnswer.objects.exists()


def test_a_decision_is_about_what_the_officer_saw(request_of, officer):
    request = request_of()
    receiving.change(request, Part.PURPOSE, {"necessity": "More."}, seen=2, by=officer, at=NOON)
    chosen = deciding.Chosen(share=False, reasons="No.", choices={})
    with pytest.raises(NotNowError, match="Someone else has changed this"):
        deciding.decide(request, chosen, seen=2, by=officer, at=NOON)


def test_two_officers_do_not_overwrite_each_other(request_of, officer):
    request = request_of()
    receiving.change(request, Part.PURPOSE, {"necessity": "One."}, seen=2, by=officer, at=NOON)
    with pytest.raises(NotNowError, match="Someone else has changed this"):
        receiving.change(request, Part.PURPOSE, {"necessity": "Two."}, seen=2, by=officer, at=NOON)
    receiving.change(request, Part.CHECK, {"check_note": "Again."}, seen=2, by=officer, at=NOON)
    details = queries.details_of(request.pk)
    assert (details.necessity, details.check_note, details.number) == ("One.", "Again.", 4)


def test_a_withdrawn_request_is_neither_changed_nor_decided(request_of, officer):
    request = request_of()
    kinds = DataRequestStep.Kind
    steps.record_step(request, kinds.WITHDRAWN, on=DAY, note="They called.", by=officer, at=NOON)
    with pytest.raises(NotNowError):
        decided(request, by=officer)
    with pytest.raises(NotNowError):
        steps.record_step(request, kinds.NOTE, on=DAY, note="x", by=officer, at=NOON)
    assert queries.state_of(queries.details_of(request.pk)) == "withdrawn"
    verify_log(lambda done: None)


class TestTheDatabaseItself:
    """What no code can get round."""

    def refused(self, work):
        with pytest.raises(IntegrityError), transaction.atomic():
            work()

    def test_it_refuses_a_second_decision(self, request_of, officer):
        first = decided(request_of(), by=officer)
        first.pk, first.number = None, 2
        self.refused(first.save)

    def test_it_refuses_to_share_before_the_asker_is_checked(self, request_of, officer):
        request = request_of(asker_check="", check_note="")
        details = queries.details_of(request.pk)
        columns = {"request": request, "details": details, "number": 1, "reasons": "x", "at": NOON,
                   "by": officer}  # fmt: skip
        self.refused(lambda: RequestDecision.objects.create(kind="share-all", **columns))
        RequestDecision.objects.create(kind="refuse", **columns)

    def test_it_refuses_ones_own_approval(self, request_of, pupil, officer):
        ProtectionFactory(pupil=pupil)
        decision = decided(request_of(), by=officer, choice="share.whole")
        self.refused(
            lambda: DecisionAnswer.objects.create(
                decision=decision, agrees=True, at=NOON, by=officer
            )
        )

    def test_it_refuses_changed_details_after_a_decision(self, request_of, officer):
        details = decided(request_of(), by=officer).details
        details.pk, details.number = None, 3
        self.refused(details.save)

    def test_it_refuses_to_change_a_row(self, request_of, officer):
        decided(request_of(), by=officer)
        for table in ("datarequest", "requestdetails", "requestdecision", "decidedpupil"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM sharing_{table}")
