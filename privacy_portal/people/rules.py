"""Rules of who may sign in with which roles: pure functions (docs/decisions/39-people-and-roles.md)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from privacy_portal.ground.accounts.roles import (
    BY_TWO_PEOPLE,
    NOTICE_ROLES,
    OFFICER_ROLES,
    SCHOOL_ROLES,
    Role,
    in_order,
)

# Who has not signed in for so long is deactivated; they are told so long before.
UNUSED_DAYS = 90
WARNING_DAYS = 14
# What an administrator may be besides: whoever gives roles sees no pupils.
_BESIDE_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR, *NOTICE_ROLES})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, as far as rules of people ask: `schools` are URNs."""

    number: int
    roles: frozenset[Role]
    schools: frozenset[str] = frozenset()


def fault_in_roles(roles: Collection[Role]) -> str:
    """Return why the roles cannot be held by one person, as the form says it; empty if they can."""
    held = set(roles)
    if not held:
        return "Select a role"
    if Role.AUDITOR in held and len(held) > 1:
        return "An auditor can have no other role, because an auditor changes nothing"
    if held & set(SCHOOL_ROLES) and held - set(SCHOOL_ROLES):
        return (
            "School staff can have no other role, because they see pupils of their own school only"
        )
    if Role.ADMINISTRATOR in held and held - _BESIDE_ADMINISTRATOR:
        return "An administrator can have no role that sees information about pupils"
    if held & set(OFFICER_ROLES) and Role.OFFICER not in held:
        return "Select ‘Council officer’ too: only an officer can approve or look after protected records"
    return ""


def fault_in_schools(roles: Collection[Role], schools: Collection[str]) -> str:
    """Return why the schools do not fit the roles, as the form says it; empty if they do."""
    if set(roles) & set(SCHOOL_ROLES):
        return "" if schools else "Select the schools where they work"
    return (
        "Only school staff have schools. Remove the schools or select a school role"
        if schools
        else ""
    )


def by_two_people(keeper: Person) -> tuple[Role, ...]:
    """Return the roles that the keeper cannot give alone: those that see pupils of all schools, publish or
    give roles, and to an administrator, who sees no pupils, those of schools too."""
    if Role.ADMINISTRATOR in keeper.roles:
        return (*SCHOOL_ROLES, *BY_TWO_PEOPLE)
    return BY_TWO_PEOPLE


def kept_roles(
    held: Collection[Role], keeper: Person, *, before: Collection[str], schools: Collection[str]
) -> list[Role]:
    """Return the roles that count as held already when somebody's schools change: not those of schools
    where the keeper adds one whose pupils the keeper may not see."""
    adds = bool(set(schools) - set(before))
    suspended = set(SCHOOL_ROLES) & set(by_two_people(keeper)) if adds else ()
    return [role for role in held if role not in suspended]


def roles_at_once(
    held: Collection[Role], wanted: Collection[Role], by_two: Collection[Role]
) -> list[Role]:
    """Return the roles that hold as soon as one person asks for `wanted`: those held already, and new ones
    that need no second person (`by_two` do). Where these do not go together, none is new."""
    at_once = [role for role in wanted if role in held or role not in by_two]
    return in_order([] if fault_in_roles(at_once) else at_once)


def needs_second_person(
    held: Collection[Role], wanted: Collection[Role], by_two: Collection[Role]
) -> bool:
    """Return whether a second person must agree to a change of roles, since one of `by_two` is new. To take
    a role away nobody else is needed."""
    return bool((set(wanted) - set(held)) & set(by_two))


def may_keep(keeper: Person, person: Person) -> bool:
    """Return whether the keeper may change what somebody else may do.

    Administrators keep everybody but themselves; a school's head of data keeps staff who work at their
    own schools alone, and no other head.
    """
    if keeper.number == person.number:
        return False
    if Role.ADMINISTRATOR in keeper.roles:
        return True
    return (
        Role.SCHOOL_HEAD_OF_DATA in keeper.roles
        and person.roles == {Role.SCHOOL_STAFF}
        and person.schools <= keeper.schools
    )


def may_give(keeper: Person) -> list[Role]:
    """Return the roles that the keeper can give or propose."""
    if Role.ADMINISTRATOR in keeper.roles:
        return list(Role)
    return [Role.SCHOOL_STAFF] if Role.SCHOOL_HEAD_OF_DATA in keeper.roles else []


def last_day(last_used: date) -> date:
    """Return the last day on which somebody who last signed in on that day can still do so."""
    return last_used + timedelta(days=UNUSED_DAYS)


def is_unused(last_used: date, today: date) -> bool:
    """Return whether somebody has not signed in for so long that their account is closed."""
    return today > last_day(last_used)


def is_to_warn(last_used: date, today: date) -> bool:
    """Return whether it is time to tell somebody that their account will be closed."""
    return last_day(last_used) - timedelta(days=WARNING_DAYS) < today <= last_day(last_used)


def spared(administrators: Iterable[tuple[int, date]]) -> int | None:
    """Return the number of the administrator who stays although unused, of active ones with the day on
    which each last signed in: the last to do so. Without any nobody could let people in again."""
    return max(administrators, key=lambda one: (one[1], one[0]), default=(None, None))[0]
