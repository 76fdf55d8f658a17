"""Schools in numbers: who is in which list (K1, K2)."""

from datetime import date, timedelta

import pytest

from consent.decisions.invalidating import mark_invalid
from consent.identities import merging
from consent.models import (
    Invalidation,
    LetterCode,
    PupilMove,
    SameChildQuestion,
    Source,
    Verification,
)
from consent.on_the_day.unwilling import record_unwilling
from consent.protection.recording import record_death
from consent.watching.figures import ListName, figures_of
from consent.watching.waiting import WaitsFor
from tests.example import DAY, NOON
from tests.factories.consent import (
    DecisionFactory,
    LetterRunFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    UnconfirmedFactory,
    scheme_of,
)
from tests.factories.ground import OfficerFactory

pytestmark = pytest.mark.django_db


def numbers(school, scheme="connexions", at=NOON):
    """The numbers of a school under a scheme, by the name of their list, without zeros."""
    figures = figures_of(scheme_of(scheme), school, at=at)
    every = {name.value: figures.number(name) for name in ListName} if figures else {}
    return {name: number for name, number in every.items() if number}


def heard(school, scheme="connexions", at=NOON):
    return figures_of(scheme_of(scheme), school, at=at).last_heard


def opt_in(pupil, days, *, verified=True, scheme="connexions"):
    decision = DecisionFactory(pupil=pupil, choice="opt-in", days=days, scheme=scheme)
    if verified:
        Verification.objects.create(decision=decision, at=NOON)
    return decision


class TestOnRoll:
    def test_pupils_of_the_ages_of_the_scheme(self, school):
        for born in (date(2015, 1, 1), date(2013, 11, 23), date(2006, 11, 24), date(2006, 1, 1)):
            PupilFactory(school=school, born=born)
        assert numbers(school) == {"on-roll": 2}
        assert numbers(school, "height-weight") == {"on-roll": 4}

    def test_one_supported_to_25_until_then(self, school):
        PupilFactory(school=school, born=date(2004, 1, 1), supported_to_25=True)
        assert numbers(school) == {"on-roll": 1}

    def test_no_leavers_and_no_pupils_of_other_schools(self, school, other_school):
        PupilFactory(school=school, left_on=DAY)
        PupilFactory(school=other_school)
        assert figures_of(scheme_of(), school, at=NOON) is None

    def test_a_merged_record_stands_for_nobody(self, school, ella, officer, second_officer):
        gone = PupilFactory(school=school)
        DecisionFactory(pupil=gone)
        assert numbers(school)["on-roll"] == 2
        merging.merge(gone, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        assert numbers(school) == {"on-roll": 1, "with-a-choice": 1, "opted-out": 1}


class TestWhoMustNotBeFound:
    @pytest.fixture
    def everything(self, school, ella):
        """Ella has opted out, a letter was printed about her, and an opt-in waits."""
        LetterRunFactory(pupils=[ella])
        DecisionFactory(pupil=ella, days=-20, person_name="Ann")
        opt_in(ella, days=-1, verified=False)
        LetterCode.objects.update(issued_at=NOON + timedelta(days=1))
        assert set(numbers(school)) == {
            "on-roll",
            "with-a-choice",
            "opted-out",
            "no-answer",
            "waiting",
        }
        return ella

    def test_a_protected_pupil_is_in_no_number(self, school, everything):
        PupilFactory(school=school)
        ProtectionFactory(pupil=everything)
        assert numbers(school) == {"on-roll": 1}
        assert heard(school) is None

    def test_nor_is_one_who_has_died(self, school, everything):
        PupilFactory(school=school)
        record_death(everything, died_on=DAY, source=Source.OFFICER, by=OfficerFactory(), at=NOON)
        assert numbers(school) == {"on-roll": 1}
        assert heard(school) is None

    def test_a_form_that_fits_a_protected_pupil_waits_at_no_school(self, school, ella):
        ProtectionFactory(pupil=ella)
        PupilFactory(school=school, forename="Zoe")
        RequestFactory()
        assert numbers(school) == {"on-roll": 1}


class TestChoices:
    def test_opted_out_and_in_as_the_rules_say(self, school, ella):
        zoe = PupilFactory(school=school, forename="Zoe")
        DecisionFactory(pupil=ella)
        opt_in(zoe, days=-8)
        assert numbers(school) == {"on-roll": 2, "with-a-choice": 2, "opted-out": 1, "opted-in": 1}

    def test_an_invalid_decision_never_was_one(self, school, ella):
        decision = DecisionFactory(pupil=ella)
        kind = Invalidation.Kind.WRONG_PUPIL
        mark_invalid(decision, kind=kind, reason="x", by=OfficerFactory(), at=NOON)
        assert numbers(school) == {"on-roll": 1}
        assert heard(school) is None

    def test_while_two_records_may_be_of_one_child_both_are_opted_out(self, school, ella):
        other = PupilFactory(school=school)
        DecisionFactory(pupil=ella)
        SameChildQuestion.objects.create(new=other, other=ella, at=NOON)
        assert numbers(school) == {"on-roll": 2, "with-a-choice": 2, "opted-out": 2}

    def test_an_opt_out_that_a_job_is_about_to_record_counts(self, school, ella):
        RequestFactory(matched=False)
        assert numbers(school)["opted-out"] == 1

    def test_under_a_scheme_that_withholds_by_default_all_others_are_opted_out(self, school, ella):
        scheme = scheme_of("height-weight")
        scheme.default = "withhold"
        scheme.save()
        zoe = PupilFactory(school=school, forename="Zoe")
        opt_in(zoe, days=-8, scheme="height-weight")
        expected = {"on-roll": 2, "with-a-choice": 1, "opted-out": 1, "opted-in": 1}
        assert numbers(school, "height-weight") == expected

    def test_a_child_who_did_not_want_to_take_part_is_opted_out_this_school_year(
        self, school, ella, officer
    ):
        scheme = scheme_of("height-weight")
        scheme.child_may_refuse = True
        scheme.save()
        record_unwilling(scheme, [ella], on=DAY, by=officer, at=NOON)
        assert numbers(school, "height-weight")["opted-out"] == 1
        assert heard(school, "height-weight") == DAY
        assert numbers(school, "height-weight", NOON + timedelta(days=365)) == {"on-roll": 1}


class TestUnanswered:
    def test_a_letter_is_unanswered_until_a_decision_comes(self, school, ella):
        LetterRunFactory(pupils=[ella])
        assert numbers(school) == {"on-roll": 1, "no-answer": 1}
        assert numbers(school, "height-weight") == {"on-roll": 1}
        DecisionFactory(pupil=ella)
        assert "no-answer" not in numbers(school)

    def test_an_earlier_decision_is_no_answer_to_it(self, school, ella):
        DecisionFactory(pupil=ella, days=-1)
        LetterRunFactory(pupils=[ella])
        assert numbers(school)["no-answer"] == numbers(school)["opted-out"] == 1

    def test_an_invalid_decision_is_none_either(self, school, ella, officer):
        LetterRunFactory(pupils=[ella])
        decision = DecisionFactory(pupil=ella)
        kind = Invalidation.Kind.WRONG_PUPIL
        mark_invalid(decision, kind=kind, reason="x", by=officer, at=NOON)
        assert numbers(school)["no-answer"] == 1

    def test_an_opt_in_that_waits_is_an_answer(self, school, ella):
        LetterRunFactory(pupils=[ella])
        opt_in(ella, days=0, verified=False)
        assert "no-answer" not in numbers(school)

    def test_letters_that_were_never_printed_ask_nobody(self, school, ella):
        LetterRunFactory(pupils=[ella], printed=False)
        assert "no-answer" not in numbers(school)

    def test_a_decision_about_another_record_that_may_be_of_the_child_is_an_answer(
        self, school, ella
    ):
        LetterRunFactory(pupils=[ella])
        other = PupilFactory(school=school, born=date(2015, 5, 5))
        DecisionFactory(pupil=other)
        assert numbers(school)["no-answer"] == 1
        SameChildQuestion.objects.create(new=other, other=ella, at=NOON)
        assert "no-answer" not in numbers(school)

    def test_a_letter_about_a_merged_record_is_about_the_one_it_is_part_of(
        self, school, ella, officer, second_officer
    ):
        gone = PupilFactory(school=school)
        LetterRunFactory(pupils=[gone])
        merging.merge(gone, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        assert numbers(school) == {"on-roll": 1, "no-answer": 1}


class TestWaiting:
    def waits_for(self, school, at=NOON):
        figures = figures_of(scheme_of(), school, at=at)
        return [row.waits_for for row in figures.waiting] if figures else []

    def test_a_form_until_its_link_is_used_and_while_the_link_works(self, school):
        form = UnconfirmedFactory()
        assert self.waits_for(school) == [WaitsFor.CONFIRMATION]
        assert self.waits_for(school, form.expires_at) == []

    def test_a_form_until_it_is_matched(self, school, ella):
        request = RequestFactory(forename="Nobody")
        figures = figures_of(scheme_of(), school, at=NOON)
        assert [row.reference for row in figures.waiting] == [request.reference]
        RequestFactory(surname="Barlow")
        assert numbers(school) == {"on-roll": 1, "with-a-choice": 1, "opted-out": 1, "waiting": 1}

    def test_a_form_of_another_school_or_scheme_waits_there(self, school, other_school, ella):
        RequestFactory(forename="Nobody", school=other_school)
        RequestFactory(forename="Nobody", scheme=scheme_of("height-weight"))
        assert self.waits_for(school) == []
        assert self.waits_for(other_school) == [WaitsFor.PUPIL]

    def test_an_opt_in_until_it_is_verified_and_7_days_have_passed(self, school, ella):
        decision = opt_in(ella, days=-3, verified=False)
        assert self.waits_for(school) == [WaitsFor.CHECKS]
        Verification.objects.create(decision=decision, at=NOON)
        assert self.waits_for(school) == [WaitsFor.DAYS]
        assert self.waits_for(school, NOON + timedelta(days=4, minutes=3)) == []

    def test_an_opt_in_that_can_never_start_does_not_wait(self, school, ella):
        opt_in(ella, days=-3, verified=False)
        DecisionFactory(pupil=ella, days=-2)
        assert self.waits_for(school) == []

    def test_one_that_another_records_decision_overtook_does_not_either(self, school, ella):
        other = PupilFactory(school=school)
        opt_in(ella, days=-3, verified=False)
        DecisionFactory(pupil=other, days=-2)
        assert self.waits_for(school) == [WaitsFor.CHECKS]
        SameChildQuestion.objects.create(new=other, other=ella, at=NOON)
        assert self.waits_for(school) == []

    def test_the_oldest_is_first(self, school, ella):
        opt_in(ella, days=-3, verified=False)
        UnconfirmedFactory(received_at=NOON - timedelta(days=1))
        RequestFactory(forename="Nobody", received_at=NOON - timedelta(days=5))
        days = [row.since for row in figures_of(scheme_of(), school, at=NOON).waiting]
        assert days == sorted(days)
        assert len(days) == 3


class TestLastHeardOf:
    def test_the_day_in_london_of_the_last_decision(self, school, ella):
        DecisionFactory(
            pupil=ella, received_at=NOON.replace(month=7, hour=23, minute=30), channel="import"
        )
        DecisionFactory(pupil=ella, days=-200)
        assert heard(school) == date(2026, 7, 24)

    def test_a_choice_that_came_with_a_pupil_was_heard_at_the_school_before(
        self, school, other_school, ella
    ):
        DecisionFactory(pupil=ella, days=-10)
        move = {"pupil": ella, "from_school": other_school, "to_school": school}
        PupilMove.objects.create(at=NOON - timedelta(days=5), **move)
        assert heard(school) is None
        PupilFactory(school=other_school)
        assert heard(other_school) == DAY - timedelta(days=10)
        DecisionFactory(pupil=ella, days=-1)
        assert heard(school) == DAY - timedelta(days=1)

    def test_of_a_leaver_too(self, school, ella):
        DecisionFactory(pupil=PupilFactory(school=school, left_on=DAY))
        assert heard(school) == DAY

    def test_not_of_another_scheme(self, school, ella):
        DecisionFactory(pupil=ella, scheme="height-weight")
        assert heard(school) is None
