"""The record of processing activities for programs, in words that exist."""

from datetime import date

import pytest

from sharing.basis_rules import BASES
from sharing.processing_record.gathering import PEOPLE, ROLES
from sharing.processing_record.linked_data import as_linked_data
from sharing.processing_record.rules import Activity, Contact, Item, Record
from tests.vocabulary import TERMS, terms

ON = date(2026, 11, 26)
SHARED = Activity(
    reference="WIG-CNX version 1", title="Connexions", recipient="Connexions", role="Joint controller",
    joint=True, joint_contact="A, a@example.org", purposes=("Careers",),
    people=tuple(people for group in PEOPLE.values() for people in group),
    items=(Item("pupil.sex", "Sex"), Item("pupil.ethnicity", "Ethnicity", special=True)),
    notice="pupils/4", basis="6(1)(e)", basis_words="Public task", condition="Article 9(2)(g)",
    power="An Act", transfers="Nothing is sent abroad.", keeping="12 months", security="Encrypted",
)  # fmt: skip
OWN = Activity(reference="pupils/4", title="Own use", categories="Names and results")
IDLE = Activity(reference="pupils/4, pct", title="Nothing", recipient="PCT", idle=True)


def document(*activities, **known):
    return as_linked_data(Record("Wigan", activities=activities, **known), ON)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("role", ["", *ROLES.values()])
def test_every_term_is_one_of_the_vocabulary(basis, role):
    from dataclasses import replace

    whole = document(
        replace(SHARED, basis=basis, role=role), OWN, IDLE,
        officer=Contact("Officer", ("1",)), enquiries=Contact("Team", ("2",)),
    )  # fmt: skip
    properties, things = terms(whole)
    assert properties <= set(TERMS["properties"])
    assert things <= set(TERMS["classes"])
    assert f"eu-gdpr:A6-1-{basis[-2]}" in things
    assert set(whole["@context"]) >= {each.split(":")[0] for each in properties | things}


def test_what_is_shared_has_its_recipient_and_special_categories():
    (shared,) = document(SHARED)["dpv:hasProcess"]
    assert shared["dpv:hasProcessing"] == ["dpv:Share"]
    assert [data["@type"] for data in shared["dpv:hasPersonalData"]] == [
        "dpv:PersonalData", "dpv:SpecialCategoryPersonalData",
    ]  # fmt: skip
    assert shared["dpv:hasRecipient"][0]["dpv:hasName"] == "Connexions"
    assert "dct:description" not in shared


def test_what_the_council_does_itself_and_what_is_not_shared_say_so():
    own, idle = document(OWN, IDLE)["dpv:hasProcess"]
    assert own["dpv:hasProcessing"] == ["dpv:Use"]
    assert "dpv:hasRecipient" not in own
    assert "dpv:hasProcessing" not in idle


def test_what_is_missing_is_said():
    whole = document(OWN)
    assert "the data protection officer" in whole["dct:description"]
    assert "security measures" in whole["dpv:hasProcess"][0]["dct:description"]
