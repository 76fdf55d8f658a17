"""What a record of processing activities lacks is named."""

from dataclasses import replace

import pytest

from sharing.processing_record.presenters import FIELDS, NOT_SAID, cells_of, rows_of
from sharing.processing_record.rules import (
    Activity,
    Contact,
    Item,
    Record,
    missing_in_activity,
    missing_in_record,
)

WHOLE = Activity(
    reference="WIG-CNX version 1", title="Connexions", recipient="Connexions", role="Controller",
    purposes=("Careers",), people=("Pupils",), items=(Item("pupil.sex", "Sex"),), notice="pupils/4",
    basis="6(1)(e)", transfers="Nothing is sent abroad.", keeping="12 months", security="Encrypted",
)  # fmt: skip
RECORD = Record(
    council="Wigan", officer=Contact("Officer", ("01942",)), enquiries=Contact("Team", ("01942",)),
    activities=(WHOLE,),
)  # fmt: skip
ETHNICITY = Item("pupil.ethnicity", "Ethnicity", special=True)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"purposes": ()}, ["purposes"]),
        ({"people": ()}, ["whose data it is"]),
        ({"items": ()}, ["categories of data"]),
        ({"items": (), "categories": "Names"}, []),
        ({"notice": ""}, ["a privacy notice in force"]),
        ({"basis": ""}, ["lawful basis"]),
        ({"basis": "", "basis_words": "Law"}, ["lawful basis as a letter of Article 6(1)"]),
        ({"basis": "", "basis_words": "Law", "recipient": ""}, []),
        ({"items": (ETHNICITY,)}, ["condition for special categories"]),
        ({"items": (ETHNICITY,), "condition": "Article 9(2)(g)"}, []),
        ({"transfers": ""}, ["whether data is sent abroad, and how it is kept safe there"]),
        ({"keeping": ""}, ["how long data is kept"]),
        ({"keeping": "", "counts": True}, []),
        ({"security": ""}, ["security measures"]),
        ({"items": (), "counts": True}, []),
        ({"joint": True}, ["how to contact the joint controller"]),
        ({"joint": True, "joint_contact": "01942"}, []),
        ({"security": "", "purposes": (), "idle": True}, []),
    ],
)
def test_each_gap_of_an_activity_is_named(change, missing):
    assert missing_in_activity(replace(WHOLE, **change)) == missing


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"council": ""}, ["the council’s name"]),
        ({"officer": None}, ["the data protection officer"]),
        ({"officer": Contact("Officer", ())}, ["how to contact the data protection officer"]),
        ({"enquiries": None}, ["how to contact the council"]),
        ({"enquiries": Contact("Team", ())}, ["how to contact the council"]),
        (
            {"activities": ()},
            ["any processing activity: no privacy notice and no agreement is in force"],
        ),
    ],
)
def test_each_gap_of_the_record_is_named(change, missing):
    assert missing_in_record(replace(RECORD, **change)) == missing


def test_no_cell_is_left_blank():
    empty = Activity(reference="x", title="y")
    assert all(cells_of(empty))
    assert all(text for _, text in rows_of(replace(empty, joint=True)))
    cells = dict(zip((field.heading for field in FIELDS), cells_of(empty), strict=True))
    assert cells["Security"] == cells["Sent abroad"] == cells["Kept for"] == NOT_SAID
    assert "security measures" in cells["Missing"]
    assert NOT_SAID not in list(cells_of(replace(WHOLE, counts=True, keeping="")))


def test_special_categories_and_their_condition_are_marked():
    cells = list(cells_of(replace(WHOLE, items=(ETHNICITY, Item("pupil.sex", "Sex")))))
    assert "Ethnicity (special category), Sex" in cells
    assert "No special categories" not in cells
    assert "No special categories" in list(cells_of(WHOLE))
    assert "See lawful basis" in list(cells_of(replace(WHOLE, recipient="")))
