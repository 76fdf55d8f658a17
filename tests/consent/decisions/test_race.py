"""Two who settle the same decision, over real connections with real commits: the second waits."""

from functools import partial

from consent.decisions import objecting, opting_in
from consent.models import Ruling, RulingTold, SecondLook, Telling
from tests import mails
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.factories.ground import OfficerFactory
from tests.log_entries import events
from tests.races import second_after


def test_of_an_objection_whose_person_staff_have_told_the_job_tells_nothing_again(committed):
    officer = OfficerFactory()
    objection = ObjectionFactory(email="ben@example.org")
    ruling = objecting.rule(objection, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
    mails.run_jobs()
    told = partial(objecting.tell, ruling, note="By phone", by=officer, at=NOON)
    assert second_after(told, partial(objecting.settle, at=NOON)) == 0
    assert RulingTold.objects.get().note == "By phone"
    assert events().count("objection-told") == 1


def test_an_opt_in_that_two_find_complete_is_verified_once(committed):
    officer, other = OfficerFactory(), OfficerFactory()
    opt_in = DecisionFactory(choice="opt-in", channel="paper", recorded_by=officer, signed_on=DAY)
    Telling.objects.create(
        decision=opt_in, name="Ben Barlow", way="voice", told_at=NOON, told_by=officer
    )
    SecondLook.objects.create(
        decision=opt_in,
        why="opt-in",
        keyed_by=officer,
        looked_by=other,
        looked_at=NOON,
        agrees=True,
    )
    settle = partial(opting_in.settle, at=NOON)
    assert second_after(settle, settle) == 0
    assert events().count("decision-verified") == 1
