"""Nobody can give a pupil's UPN to another record unnoticed once somebody has decided about the pupil (L5)."""

from datetime import date

import pytest

from consent.decisions import recording
from consent.decisions.numbers import numbers_fault
from consent.identities import merging, undoing
from consent.models import Decision, Pupil, PupilMerge, PupilUpn, Scheme
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.keeping.erasing import erase_pupil
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import PupilFactory
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db

COPY = """
INSERT INTO consent_pupil ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM consent_pupil WHERE id = %s
"""


def opt_out(pupil, officer):
    decision = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out", by="parent",
        person_name="Ben", person_key="ben", channel="phone", received_at=NOON, recorded_at=NOON,
        recorded_by=officer,
    )  # fmt: skip
    recording.record([decision], by=officer, at=NOON)
    return decision


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return str(caught.value)


@pytest.fixture
def decided(policy, officer):
    """Two pupils, about each of whom somebody decided."""
    pupils = [PupilFactory(upn=UPN), PupilFactory(upn=TWIN, forename="Ann")]
    PupilUpn.objects.create(upn="A359900000000", pupil=pupils[0], present=False)
    decisions = [opt_out(pupil, officer) for pupil in pupils]
    assert verify_log(lambda size: None).size
    return decisions


def test_a_decision_has_all_numbers_of_the_pupil(decided):
    assert Decision.objects.get(pk=decided[0].pk).upns == sorted([UPN, "A359900000000"])


def test_a_number_given_to_a_copy_of_the_record_is_found(decided):
    """The copy has no opt-outs: all of the pupil would be shared."""
    fields = [field.column for field in Pupil._meta.concrete_fields]
    changed = {"id": "id + 1000", "reference": "gen_random_uuid()"}
    past_the_guards(
        COPY.format(
            columns=", ".join(f'"{name}"' for name in fields),
            values=", ".join(changed.get(name, f'"{name}"') for name in fields),
        ),
        decided[0].pupil_id,
    )
    past_the_guards("UPDATE consent_pupilupn SET pupil_id = pupil_id + 1000 WHERE upn = %s", UPN)
    number = decided[0].pk
    assert fault() == f"a UPN that decision {number} is about belongs to another pupil record now"


def test_numbers_that_change_places_are_found(decided):
    past_the_guards("UPDATE consent_pupilupn SET present = false")
    past_the_guards(
        "UPDATE consent_pupilupn SET pupil_id = CASE pupil_id WHEN %s THEN %s ELSE %s END",
        decided[0].pupil_id, decided[1].pupil_id, decided[0].pupil_id,
    )  # fmt: skip
    assert f"a UPN that decision {decided[0].pk} is about" in fault()


def test_the_numbers_of_a_decision_cannot_be_changed_unnoticed(decided):
    past_the_guards("UPDATE consent_decision SET upns = '{}' WHERE id = %s", decided[0].pk)
    assert fault().endswith("its decision differs from what was logged in what people wrote")


def test_records_that_are_made_one_and_two_again_are_no_fault(decided, officer, second_officer):
    kept, gone = (decision.pupil for decision in decided)
    merging.merge(gone, kept, reason="x", by=officer, at=NOON, agreed_by=second_officer)
    opt_out(kept, officer)
    assert numbers_fault() is None
    assert verify_log(lambda size: None).size
    undoing.undo(PupilMerge.objects.get(), reason="x", by=officer, at=NOON)
    assert PupilUpn.objects.get(upn=TWIN).pupil == gone
    assert numbers_fault() is None
    assert verify_log(lambda size: None).size


def test_an_erasure_empties_them(policy, officer):
    pupil = PupilFactory(upn=UPN, born=date(1999, 2, 17), left_on=date(2016, 7, 22))
    decision = opt_out(pupil, officer)
    assert Decision.objects.get(pk=decision.pk).upns == [UPN]
    assert erase_pupil(pupil.pk, rule="wish", by=None, at=NOON)
    assert Decision.objects.get(pk=decision.pk).upns == []
    assert verify_log(lambda size: None).size
