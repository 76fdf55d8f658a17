"""Rows of pupils who have died or must not be found (D, P3, P6), and what is emptied in rows that go."""

from dataclasses import replace
from datetime import date

import pytest

from sharing.row_decision_rules import (
    REDUCED,
    REDUCED_UNLOCATED,
    SENT,
    UNLOCATED,
    WHOLE,
    WITHHELD,
    WITHOUT_LOCATING,
    Permission,
    RowFacts,
    RowRules,
    decide_row,
    row_rules,
)
from sharing.rules import Agreement, Column, Form, Item, Outcome, Policy, Reason, Recipient

ON = date(2026, 11, 23)
RULES = RowRules(
    schools=None, youngest=None, oldest=None, oldest_supported=date.min, scheme_applies=True,
    any_basic=True, emptied=("Sex", "Address"), locating=("Address", "School"),
)  # fmt: skip
# A file that has nothing beyond the basic items, and one that has nothing that tells where somebody is.
ONLY_BASIC = replace(RULES, emptied=())
NOTHING_LOCATING = replace(RULES, locating=())
ROW = RowFacts(upn_valid=True, on_roll=True)
SOME, ALL = Permission.WITHOUT_LOCATING, Permission.WHOLE


@pytest.mark.parametrize(
    ("rules", "opted_out", "permission", "decision"),
    [
        (RULES, False, None, WITHHELD[Reason.PROTECTED]),
        (RULES, True, None, WITHHELD[Reason.PROTECTED]),
        (NOTHING_LOCATING, False, None, WITHHELD[Reason.PROTECTED]),
        (RULES, False, SOME, UNLOCATED),
        (RULES, True, SOME, REDUCED_UNLOCATED),
        (ONLY_BASIC, True, SOME, UNLOCATED),
        (NOTHING_LOCATING, False, SOME, WHOLE),
        (NOTHING_LOCATING, True, SOME, REDUCED),
        (RULES, False, ALL, WHOLE),
        (RULES, True, ALL, REDUCED),
        (ONLY_BASIC, True, ALL, WHOLE),
    ],
)
def test_a_protected_pupils_row_goes_as_a_second_officer_permits(
    rules, opted_out, permission, decision
):
    row = ROW._replace(protected=True, opted_out=opted_out, permission=permission)
    assert decide_row(rules, row) is decision


def test_a_permission_for_a_pupil_who_is_not_protected_changes_nothing():
    for permission in (None, *Permission):
        assert decide_row(RULES, ROW._replace(permission=permission)) is WHOLE
        opted_out = ROW._replace(permission=permission, opted_out=True)
        assert decide_row(RULES, opted_out) is REDUCED


# Each overrides those after it, and no permission overrides any but protection.
@pytest.mark.parametrize("permission", [None, *Permission])
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"objected": True, "died": True, "protected": True}, Reason.OBJECTED),
        ({"objected": True}, Reason.OBJECTED),
        ({"died": True, "protected": True}, Reason.DECEASED),
        ({"died": True}, Reason.DECEASED),
        ({"opted_out": True, "died": True}, Reason.DECEASED),
    ],
)
def test_an_objection_comes_before_a_death_and_a_death_before_protection(facts, reason, permission):
    row = ROW._replace(**facts, permission=permission)
    assert decide_row(RULES, row) is WITHHELD[reason]


def test_an_opt_out_that_leaves_nothing_withholds_whatever_is_permitted():
    rules = replace(RULES, any_basic=False)
    row = ROW._replace(protected=True, opted_out=True, permission=Permission.WHOLE)
    assert decide_row(rules, row) is WITHHELD[Reason.OPTED_OUT]


@pytest.mark.parametrize(
    ("decision", "emptied"),
    [
        (WHOLE, ()),
        (REDUCED, ("Sex", "Address")),
        (UNLOCATED, ("Address", "School")),
        (REDUCED_UNLOCATED, ("Sex", "Address", "School")),
        (WITHHELD[Reason.PROTECTED], ()),
    ],
)
def test_cells_are_emptied_that_an_opt_out_or_protection_cuts(decision, emptied):
    assert RULES.emptied_by(decision) == emptied


def test_every_row_is_sent_or_withheld_for_a_reason():
    assert [decision.outcome for decision in SENT] == [Outcome.RELEASED] + [Outcome.REDUCED] * 3
    assert {decision.outcome for decision in WITHHELD.values()} == {Outcome.WITHHELD}
    assert all(decision.reason is reason for reason, decision in WITHHELD.items())
    assert {UNLOCATED, REDUCED_UNLOCATED} == WITHOUT_LOCATING


def test_columns_tell_where_somebody_is_that_are_permitted_and_marked_so():
    agreement = Agreement(
        "REF", 1, "cnx", "pupil", Form.NAMED, frozenset(), frozenset(), None, ON, ON, ON
    )
    policy = Policy(agreement, Recipient("cnx", None, None), None, None, "careers", ON)
    items = {
        "address": Item("address", True, False, locating=True),
        "phone": Item("phone", True, False, locating=True),
        # What is not said to tell where somebody is does not.
        "sex": Item("sex", False, False),
    }
    columns = [
        Column("Home", "address", None),
        Column("Tel", "phone", Reason.NOT_IN_AGREEMENT),
        Column("Sex", "sex", None),
        Column("Other", "other", None),
        Column("Nonsense", None, Reason.UNKNOWN_ITEM),
    ]
    assert row_rules(policy, columns, items).locating == ("Home",)
    assert row_rules(policy, columns).locating == ()


@pytest.mark.parametrize(
    ("rules", "permission", "outcome"),
    [(RULES, SOME, Outcome.REDUCED), (RULES, None, Outcome.WITHHELD)],
)
def test_what_a_scheme_says_holds_only_where_it_applies(rules, permission, outcome):
    row = ROW._replace(protected=True, opted_out=True, permission=permission)
    elsewhere = decide_row(replace(rules, scheme_applies=False), row)
    assert elsewhere.outcome is outcome
    assert elsewhere.reason is Reason.PROTECTED
