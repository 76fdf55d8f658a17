"""P4, P6, P7: nothing is sent about a protected or dead pupil, nor to parents about a pupil of 16."""

from datetime import date, timedelta

import pytest

from consent.decisions import opting_in
from consent.decisions.contacts import contacts_of
from consent.models import Pupil, Telling, Verification
from consent.protection.recording import record_death
from consent.queries import decisions_of
from privacy_portal.ground.errors import NotNowError
from tests.example import DAY, NOON
from tests.factories.consent import (
    ContactFactory,
    DecisionFactory,
    ProtectionFactory,
    PupilFactory,
)
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db


def opt_in(pupil, secretary, **more):
    opt_in = DecisionFactory.create(
        pupil=pupil, choice="opt-in", channel="paper", recorded_by=secretary, days=-8,
        signed_on=DAY - timedelta(days=9), **more,
    )  # fmt: skip
    opting_in.settle(at=NOON)
    return opt_in


def test_nobody_is_told_of_an_opt_in_about_a_protected_pupil(pupil, secretary):
    ContactFactory.create(pupil=pupil)
    ProtectionFactory.create(pupil=pupil)
    opt_in(pupil, secretary)
    assert contacts_of(pupil, self_age=16, on=DAY) == []
    assert not Telling.objects.exists()


def test_an_opt_in_about_a_protected_pupil_needs_a_meeting(pupil, secretary, officer):
    ProtectionFactory.create(pupil=pupil)
    decision = opt_in(pupil, secretary)
    assert not Verification.objects.exists()
    opting_in.record_meeting(decision, by=officer, at=NOON)
    assert Verification.objects.get().decision == decision
    with pytest.raises(NotNowError):
        opting_in.record_meeting(decision, by=officer, at=NOON)


def test_people_who_were_to_be_told_are_not_listed_any_more(pupil, secretary):
    ContactFactory.create(pupil=pupil, email="", address="1 High Street")
    opt_in(pupil, secretary)
    assert opting_in.tellings_for(Pupil.objects.all()).exists()
    ProtectionFactory.create(pupil=pupil)
    assert not opting_in.tellings_for(Pupil.objects.all()).exists()


def test_nobody_hears_of_a_pupil_who_has_died_and_choices_stay(pupil, secretary, officer):
    DecisionFactory.create(pupil=pupil)
    record_death(pupil, died_on=DAY, source="officer", by=officer, at=NOON)
    assert contacts_of(Pupil.objects.get(pk=pupil.pk), self_age=16, on=DAY) == []
    assert len(decisions_of(pupil)) == 1


@pytest.mark.parametrize(
    ("born", "told"), [(date(2010, 11, 1), set()), (date(2011, 3, 1), {"parent"})]
)
def test_parents_are_not_told_of_the_own_decisions_of_a_pupil_of_16(policy, secretary, born, told):
    """A scheme may let younger pupils decide: of their decisions parents are told."""
    from consent.models import Scheme

    with policy_unguarded():
        Scheme.objects.filter(code="connexions").update(self_age=14)
    pupil = PupilFactory.create(born=born, parent_email="parent@example.org")
    decision = opt_in(pupil, secretary, by="pupil", person_name="Ella Barlow")
    own = Telling.objects.filter(decision=decision, name="Ella Barlow").count()
    parents = set(
        Telling.objects.filter(decision=decision)
        .exclude(name="Ella Barlow")
        .values_list("address", flat=True)
    )
    assert own == 1
    assert parents == {f"{who}@example.org" for who in told}
