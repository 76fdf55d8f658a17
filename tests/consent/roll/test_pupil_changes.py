"""What changed about a pupil since, without its values (H6)."""

import pytest

from consent.models import Pupil, PupilChange
from tests.commands import run
from tests.rolls import pupil_row, roll_of

pytestmark = pytest.mark.django_db


def fields():
    return sorted(PupilChange.objects.values_list("pupil", "field"))


def test_each_changed_column_is_noted_and_nothing_else(pupil, write):
    Pupil.objects.filter(pk=pupil.pk).update(surname=pupil.surname, sex=pupil.sex)
    assert fields() == []
    Pupil.objects.filter(pk=pupil.pk).update(address="2 New Road", postcode="WN2 2BB", left_on=None)
    assert fields() == [(pupil.pk, "address"), (pupil.pk, "postcode")]


def test_an_import_notes_what_it_corrects_but_no_new_pupil(pupil, write):
    assert run("roll", "import", write(roll_of(pupil_row()))).code == 0
    PupilChange.objects.all().delete()
    row = pupil_row(Parent_name="Somebody New")
    assert run("roll", "import", write(roll_of(row))).code == 0
    assert fields() == [(pupil.pk, "parent_name")]


def test_a_upn_that_another_replaces_is_noted_without_either(pupil):
    pupil.upns.filter(present=True).update(present=False)
    assert fields() == [(pupil.pk, "upn")]
    assert "upn" not in {field.name for field in PupilChange._meta.get_fields()}
