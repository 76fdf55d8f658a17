"""Invented pupils, officers and extracts for the nightly control (K3).

All of it is made anew for each control, from random names and numbers, so that nothing can be prepared for
it, and in a transaction that is rolled back, so that nobody else ever sees it.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from string import ascii_lowercase

from consent import rules, upn
from consent.models import Decision, Pupil, PupilUpn, Scheme, School, Verification
from notices.models import Item
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.days import day_of
from privacy_portal.ground.names import folded_name, person_key
from sharing.control_rules import InventedExtract
from sharing.models import AgreementVersion
from sharing.rules import BIRTH_DATE_ITEM, SURNAME_ITEM, UPN_ITEM

# Of these an extract has one column.
_SINGLE = frozenset((UPN_ITEM, SURNAME_ITEM, BIRTH_DATE_ITEM))
# Ages at which pupils are at school, where the scheme does not say whom it is about.
_YOUNGEST, _OLDEST = 5, 18
_YEAR = 365.25
# No authority has the number 999, so that no real pupil has such a UPN.
_AUTHORITY = "999"


def invented_officer() -> User:
    """Store an officer who exists for one control only; nobody can sign in as one."""
    return User.objects.create_user(
        email=f"{secrets.token_hex(16)}@control.invalid",
        name=_name(),
        roles=[Role.OFFICER],
        password=None,
    )


def invented_extract(
    version: AgreementVersion,
    scheme: Scheme,
    facts: rules.Scheme,
    *,
    max_columns: int,
    by: User,
    at: datetime,
    on: date,
) -> InventedExtract:
    """Store invented pupils to whom the scheme applies, and return an extract about them with a column for
    every heading of the portal's items.

    One is opted out by a parent; under a scheme that asks for consent first there is another for whom
    nobody has decided. One more is not opted out, so that a file without anybody shows.
    """
    school = _school(version)
    consent_first = facts.default is rules.Default.WITHHOLD
    opted_out = [_pupil(school, facts, on, number) for number in range(1 + consent_first)]
    _decide(opted_out[0], scheme, rules.Choice.OPT_OUT, by=by, at=at)
    free = _pupil(school, facts, on, len(opted_out))
    if consent_first:
        month_ago = at - timedelta(days=30)
        opt_in = _decide(free, scheme, rules.Choice.OPT_IN, by=by, at=month_ago)
        Verification.objects.create(decision=opt_in, at=month_ago)
    columns = list(_columns(version))[:max_columns]
    items = [item for _, item in columns]
    return InventedExtract(
        headings=[heading for heading, _ in columns],
        items=items,
        opted_out=[_cells(pupil, items) for pupil in opted_out],
        not_opted_out=[_cells(free, items)],
    )


def _columns(version: AgreementVersion) -> Iterator[tuple[str, str]]:
    """Yield every heading with the code of its item, those of the agreement first."""
    agreed = {row.item_id for row in version.items.all()}
    items = list(Item.objects.filter(audience=version.audience).prefetch_related("headings"))
    for item in sorted(items, key=lambda item: item.pk not in agreed):
        headings = [heading.text for heading in item.headings.all()]
        for heading in headings[:1] if item.code in _SINGLE else headings:
            yield heading, item.code


def _cells(pupil: Pupil, items: Sequence[str]) -> list[str]:
    """Return a row about the pupil: what identifies them as it is stored, random text in all other cells."""
    known = {
        UPN_ITEM: pupil.upns.get().upn,
        SURNAME_ITEM: pupil.surname,
        BIRTH_DATE_ITEM: pupil.born.isoformat(),
    }
    return [known.get(item) or _name() for item in items]


def _school(version: AgreementVersion) -> School:
    """Return a school whose pupils the agreement covers; an invented one where it covers all."""
    urn = "" if version.all_schools else version.schools[0]
    while not urn:
        number = f"{secrets.randbelow(10**6):06}"
        urn = "" if School.objects.filter(urn=number).exists() else number
    return School.objects.get_or_create(urn=urn, defaults={"name": _name()})[0]


def _pupil(school: School, facts: rules.Scheme, on: date, number: int) -> Pupil:
    """Store a pupil of an age to whom the scheme applies; no two `number`s have one birthday."""
    youngest = _YOUNGEST if facts.min_age is None else facts.min_age
    oldest = max(youngest, (facts.below_age or _OLDEST + 1) - 1)
    age = youngest + secrets.randbelow(oldest - youngest + 1)
    days = round(age * _YEAR) + 30 + 100 * number + secrets.randbelow(100)
    surname, forename = _name(), _name()
    pupil = Pupil.objects.create(
        surname=surname,
        forename=forename,
        surname_folded=folded_name(surname),
        forename_folded=folded_name(forename),
        born=on - timedelta(days=days),
        school=school,
    )
    PupilUpn.objects.create(upn=_free_upn(), pupil=pupil, present=True)
    return pupil


def _free_upn() -> str:
    """Return a sound UPN that nobody has."""
    while True:
        number = upn.with_check_letter(f"{_AUTHORITY}{secrets.randbelow(10**9):09}")
        if not PupilUpn.objects.filter(upn=number).exists():
            return number


def _decide(
    pupil: Pupil, scheme: Scheme, choice: rules.Choice, *, by: User, at: datetime
) -> Decision:
    """Store a decision of an invented parent, as staff key it from paper."""
    parent = _name()
    return Decision.objects.create(
        pupil=pupil,
        scheme=scheme,
        choice=choice.value,
        by=rules.DecidedBy.PARENT.value,
        person_name=parent,
        person_key=person_key(parent),
        channel=Decision.Channel.PAPER,
        received_at=at,
        signed_on=day_of(at),
        recorded_at=at,
        recorded_by=by,
    )


def _name() -> str:
    """Return a random word of 16 letters, as names have no digits."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(16)).capitalize()
