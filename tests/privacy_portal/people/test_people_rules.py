"""Rules of people: which roles go together, who may keep whom, and when an account ends unused."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.accounts.roles import (
    BY_TWO_PEOPLE,
    COUNCIL_ROLES,
    NOTICE_ROLES,
    OFFICER_ROLES,
    SCHOOL_ROLES,
    Role,
    in_order,
)
from privacy_portal.people import rules
from privacy_portal.people.rules import Person

DAY = date(2026, 3, 2)
SETS = st.sets(st.sampled_from(list(Role)))
SEES_PUPILS = {*SCHOOL_ROLES, *COUNCIL_ROLES, *OFFICER_ROLES}


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ([], "Select a role"),
        ([Role.AUDITOR, Role.NOTICE_EDITOR], "auditor changes nothing"),
        ([Role.SCHOOL_STAFF, Role.OFFICER], "own school only"),
        ([Role.SCHOOL_HEAD_OF_DATA, Role.NOTICE_EDITOR], "own school only"),
        ([Role.ADMINISTRATOR, Role.OFFICER], "sees information about pupils"),
        ([Role.APPROVING_OFFICER], "‘Council officer’ too"),
        ([Role.PROTECTED_RECORDS_OFFICER, Role.NOTICE_EDITOR], "‘Council officer’ too"),
        ([Role.AUDITOR], ""),
        ([Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA], ""),
        ([Role.ADMINISTRATOR, *NOTICE_ROLES], ""),
        ([Role.OFFICER, *OFFICER_ROLES, *NOTICE_ROLES], ""),
        ([Role.NOTICE_PUBLISHER], ""),
    ],
)
def test_which_roles_go_together(roles, says):
    fault = rules.fault_in_roles(roles)
    assert says in fault
    assert bool(says) == bool(fault)


@given(SETS)
def test_whoever_gives_roles_sees_no_pupils_and_an_auditor_is_nothing_else(roles):
    if not rules.fault_in_roles(roles):
        assert not (Role.ADMINISTRATOR in roles and roles & SEES_PUPILS)
        assert Role.AUDITOR not in roles or roles == {Role.AUDITOR}


def test_school_staff_have_schools_and_nobody_else_has():
    assert rules.fault_in_schools([Role.SCHOOL_STAFF], ["990001"]) == ""
    assert rules.fault_in_schools([Role.OFFICER], []) == ""
    assert "Select the schools" in rules.fault_in_schools([Role.SCHOOL_HEAD_OF_DATA], [])
    assert "Only school staff" in rules.fault_in_schools([Role.OFFICER], ["990001"])


@pytest.mark.parametrize(
    ("held", "wanted", "second"),
    [
        ([], [Role.SCHOOL_STAFF], False),
        ([], [Role.NOTICE_EDITOR], False),
        ([], [Role.OFFICER], True),
        ([], [Role.AUDITOR], True),
        ([], [Role.ADMINISTRATOR], True),
        ([], [Role.NOTICE_PUBLISHER], True),
        ([Role.OFFICER], [Role.OFFICER, Role.APPROVING_OFFICER], True),
        ([Role.OFFICER, Role.APPROVING_OFFICER], [Role.OFFICER], False),
        ([Role.OFFICER], [Role.OFFICER, Role.NOTICE_EDITOR], False),
        ([Role.OFFICER], [Role.AUDITOR], True),
    ],
)
def test_when_a_second_person_must_agree(held, wanted, second):
    assert rules.needs_second_person(held, wanted, BY_TWO_PEOPLE) is second


@given(SETS, SETS)
def test_one_person_alone_gives_no_role_of_two_people(held, wanted):
    at_once = rules.roles_at_once(held, wanted, BY_TWO_PEOPLE)
    assert not (set(at_once) - held) & set(BY_TWO_PEOPLE)
    assert set(at_once) <= wanted
    assert not at_once or not rules.fault_in_roles(at_once)
    assert at_once == in_order(at_once)


def test_what_is_taken_away_ends_at_once():
    held = [Role.NOTICE_EDITOR, Role.OFFICER]
    assert rules.roles_at_once(held, [Role.OFFICER, Role.APPROVING_OFFICER], BY_TWO_PEOPLE) == [
        Role.OFFICER
    ]
    assert rules.roles_at_once(held, [Role.AUDITOR], BY_TWO_PEOPLE) == []


def test_a_role_that_one_person_gives_holds_at_once():
    assert rules.roles_at_once([], [Role.NOTICE_EDITOR], BY_TWO_PEOPLE) == [Role.NOTICE_EDITOR]
    both = [Role.NOTICE_EDITOR, Role.OFFICER]
    assert rules.roles_at_once([Role.OFFICER], both, BY_TWO_PEOPLE) == both


ADMINISTRATOR = Person(1, frozenset({Role.ADMINISTRATOR}))
HEAD = Person(2, frozenset({Role.SCHOOL_HEAD_OF_DATA}), frozenset({"990001", "990002"}))


def test_an_administrator_alone_lets_nobody_see_pupils():
    by_two = rules.by_two_people(ADMINISTRATOR)
    assert set(by_two) == set(Role) - {Role.NOTICE_EDITOR}
    assert rules.by_two_people(HEAD) == BY_TWO_PEOPLE
    assert rules.needs_second_person([], [Role.SCHOOL_STAFF], by_two)
    assert not rules.needs_second_person([], [Role.SCHOOL_STAFF], rules.by_two_people(HEAD))
    assert rules.roles_at_once([], [Role.SCHOOL_STAFF], by_two) == []


@pytest.mark.parametrize(
    ("keeper", "before", "schools", "kept"),
    [
        (ADMINISTRATOR, ["990001"], ["990001", "990002"], []),
        (ADMINISTRATOR, ["990001"], ["990002"], []),
        (ADMINISTRATOR, ["990001", "990002"], ["990001"], [Role.SCHOOL_STAFF]),
        (ADMINISTRATOR, ["990001"], ["990001"], [Role.SCHOOL_STAFF]),
        (HEAD, ["990001"], ["990001", "990002"], [Role.SCHOOL_STAFF]),
    ],
)
def test_another_school_by_an_administrator_needs_a_second_person(keeper, before, schools, kept):
    held = [Role.SCHOOL_STAFF]
    assert rules.kept_roles(held, keeper, before=before, schools=schools) == kept
    assert rules.kept_roles([Role.NOTICE_EDITOR], keeper, before=[], schools=["1"]) == [
        Role.NOTICE_EDITOR
    ]


@pytest.mark.parametrize(
    ("keeper", "person", "may"),
    [
        (ADMINISTRATOR, ADMINISTRATOR, False),
        (ADMINISTRATOR, HEAD, True),
        (HEAD, HEAD, False),
        (HEAD, Person(3, frozenset({Role.SCHOOL_STAFF}), frozenset({"990001"})), True),
        (HEAD, Person(3, frozenset({Role.SCHOOL_STAFF}), HEAD.schools), True),
        (HEAD, Person(3, frozenset({Role.SCHOOL_STAFF}), frozenset({"990001", "990003"})), False),
        (
            Person(4, frozenset({Role.SCHOOL_STAFF}), HEAD.schools),
            Person(3, frozenset({Role.SCHOOL_STAFF}), frozenset({"990001"})),
            False,
        ),
        (HEAD, Person(3, frozenset(SCHOOL_ROLES), frozenset({"990001"})), False),
        (HEAD, Person(3, frozenset({Role.OFFICER})), False),
        (Person(4, frozenset({Role.OFFICER, *OFFICER_ROLES})), HEAD, False),
        (Person(4, frozenset({Role.AUDITOR})), HEAD, False),
    ],
)
def test_who_may_keep_whom(keeper, person, may):
    assert rules.may_keep(keeper, person) is may


def test_who_may_give_which_roles():
    assert rules.may_give(ADMINISTRATOR) == list(Role)
    assert rules.may_give(HEAD) == [Role.SCHOOL_STAFF]
    assert rules.may_give(Person(4, frozenset({Role.OFFICER}))) == []


def test_an_account_ends_after_90_days_without_a_sign_in():
    assert rules.last_day(DAY) == DAY + timedelta(days=90)
    assert not rules.is_unused(DAY, DAY + timedelta(days=90))
    assert rules.is_unused(DAY, DAY + timedelta(days=91))
    assert not rules.is_to_warn(DAY, DAY + timedelta(days=76))
    assert rules.is_to_warn(DAY, DAY + timedelta(days=77))
    assert rules.is_to_warn(DAY, DAY + timedelta(days=90))
    assert not rules.is_to_warn(DAY, DAY + timedelta(days=91))


def test_the_administrator_who_signed_in_last_is_spared():
    assert rules.spared([]) is None
    assert rules.spared([(1, DAY), (2, DAY + timedelta(days=1)), (3, DAY)]) == 2
    assert rules.spared([(1, DAY), (2, DAY)]) == 2
