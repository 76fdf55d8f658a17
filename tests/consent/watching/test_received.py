"""Choices by the day on which they were received: in numbers, and the list behind each (K1)."""

from datetime import date, timedelta

import pytest

from consent.decisions.invalidating import mark_invalid
from consent.models import Invalidation, PupilMove
from consent.watching.received import decisions_received, received_by_month
from tests.example import DAY, NOON
from tests.factories.consent import (
    DecisionFactory,
    ObjectionFactory,
    ProtectionFactory,
    PupilFactory,
)
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 30)
LIST = "/staff/schools/received/connexions/?first=2026-10-01&last=2026-11-30"


def received(scheme):
    return {
        (one.month.month, one.school): (one.opt_outs, one.opt_ins)
        for one in received_by_month(scheme, FIRST, LAST)
    }


def test_each_choice_counts_in_its_month_and_where_the_pupil_was(school, other_school, scheme):
    ella, zoe = PupilFactory(school=school), PupilFactory(school=other_school)
    DecisionFactory(pupil=ella, days=-30)
    DecisionFactory(pupil=ella, choice="opt-in", channel="import")
    DecisionFactory(pupil=zoe, days=-5)
    PupilMove.objects.create(pupil=zoe, from_school=school, to_school=other_school, at=NOON)
    assert received(scheme) == {(10, school.pk): (1, 0), (11, school.pk): (1, 1)}


def test_nothing_is_said_of_others(school, scheme, officer):
    """Protected pupils, invalid decisions, other schemes, objections and other days are not counted."""
    protected = PupilFactory(school=school)
    DecisionFactory(pupil=protected)
    ProtectionFactory(pupil=protected)
    invalid = DecisionFactory(pupil=PupilFactory(school=school))
    kind = Invalidation.Kind.WRONG_PUPIL
    mark_invalid(invalid, kind=kind, reason="x", by=officer, at=NOON)
    DecisionFactory(pupil=PupilFactory(school=school), scheme="height-weight")
    ObjectionFactory(pupil=PupilFactory(school=school))
    DecisionFactory(pupil=PupilFactory(school=school), days=-60)
    assert received(scheme) == {}


def test_the_list_has_what_is_counted_and_logs_who_is_on_it(school, other_school, client, officer):
    ella = PupilFactory(school=school)
    DecisionFactory(pupil=ella)
    DecisionFactory(pupil=PupilFactory(school=other_school, forename="Zoe"), days=-1)
    client.force_login(officer)
    assert "2 choices" in client.get(LIST).text
    page = client.get(f"{LIST}&school={school.urn}&choice=opt-out").text
    assert "1 choice" in page
    assert "Zoe" not in page
    assert entries("pupils-listed")[-1]["people"] == [str(ella.reference)]
    assert "No choices were received" in client.get(f"{LIST}&choice=opt-in").text


@pytest.mark.parametrize(
    "wrong",
    ["?first=2026-10-01", "?first=x&last=2026-11-01", "?first=0001-01-01&last=9999-12-31"],
)
def test_a_list_without_days_is_not_found(school, client, officer, wrong):
    client.force_login(officer)
    address = LIST.split("?")[0]
    assert client.get(address + wrong).status_code == 404
    for more in ("&choice=objection", "&school=1"):
        assert client.get(LIST + more).status_code == 404
    assert client.get(LIST.replace("connexions", "nothing")).status_code == 404


def test_newest_are_first(school, scheme):
    old, new = (DecisionFactory(pupil=PupilFactory(school=school), days=days) for days in (-9, -1))
    assert list(decisions_received(scheme, DAY - timedelta(days=20), DAY)) == [new, old]
