"""Rules about requests for data that no agreement covers (docs/rulebook.md, Q1 and Q2), as pure functions.

A request is recorded before anything goes, decided by an officer, and by a second one where the harm of
a mistake is greatest. For each pupil the rules of D say what may go.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import itemgetter

from privacy_portal.ground.days import day_of, end_of, months_later
from sharing.row_decision_rules import Permission, RowDecision, RowFacts, RowRules, decide_row
from sharing.rules import Column, Item, Outcome

# So many requests of a kind within a year ask for an agreement (Q2).
OF_A_KIND = 3
MONTHS = 1


class Power(StrEnum):
    """By which legal power the information may be shared."""

    CRIME = "crime"
    LEGAL_CLAIMS = "legal-claims"
    COURT_ORDER = "court-order"
    SECTION_47 = "section-47"
    SECTION_17 = "section-17"
    SECTION_16LA = "section-16la"
    OTHER_ACT = "other-act"


class View(StrEnum):
    """What the data protection officer says of a request."""

    ASKED = "asked"
    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_NEEDED = "not-needed"


class Kind(StrEnum):
    """What was decided on a request."""

    SHARE_ALL = "share-all"
    SHARE_SOME = "share-some"
    REFUSE = "refuse"


class Need(StrEnum):
    """What has to be known before information is shared."""

    ASKER = "asker"
    CONTACT = "contact"
    CHECK = "check"
    PEOPLE = "people"
    INFORMATION = "information"
    PURPOSE = "purpose"
    POWER = "power"
    NECESSITY = "necessity"
    CONDITION = "condition"
    VIEW = "view"


class SecondReason(StrEnum):
    """Why a second officer has to agree before anything is shared."""

    PROTECTED = "protected"
    SPECIAL_CATEGORY = "special-category"
    OPTED_OUT = "opted-out"
    NOT_ON_RECORD = "not-on-record"
    VIEW_AGAINST = "view-against"
    # The policy does not have the organisation, and about a pupil an opt-out or objection is in force; or
    # it may well have it, under another name.
    ELSEWHERE = "elsewhere"
    MAYBE_LISTED = "maybe-listed"


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request; texts are empty where nothing is."""

    asker: str = ""
    organisation: str = ""
    contact: str = ""
    check: str = ""
    pupils: int = 0
    others: int = 0
    items: frozenset[str] = frozenset()
    words: str = ""
    purpose: str = ""
    power: str = ""
    power_words: str = ""
    necessity: str = ""
    special_category: bool = False
    condition: str = ""
    view: str = ""


def missing(request: Request) -> list[Need]:
    """Q1 Return what has to be known before anything is shared: who asks and how that was checked, about
    whom, what, what for, the legal power, necessity, the condition for special categories, and the
    data protection officer’s view unless it is not needed."""
    named_power = request.power and (request.power != Power.OTHER_ACT or request.power_words)
    needs = (
        (Need.ASKER, request.asker and request.organisation),
        (Need.CONTACT, request.contact),
        (Need.CHECK, request.check),
        (Need.PEOPLE, request.pupils or request.others),
        (Need.INFORMATION, request.items or request.words),
        (Need.PURPOSE, request.purpose),
        (Need.POWER, named_power),
        (Need.NECESSITY, request.necessity),
        (Need.CONDITION, request.condition or not request.special_category),
        (Need.VIEW, request.view not in ("", View.ASKED)),
    )
    return [need for need, known in needs if not known]


def due(received: datetime, *, urgent_within: timedelta | None) -> datetime:
    """Q1 Return by when a request is decided: the same day of the next month, or its last; an urgent one
    within the hours set for urgent ones."""
    if urgent_within is not None:
        return received + urgent_within
    return end_of(months_later(day_of(received), MONTHS))


def row_rules_for(items: Sequence[Item], *, basic: Collection[str] | None) -> RowRules:
    """Return the rules for each pupil of a request for these items; `basic` are the basic items of the
    opt-out that applies to the organisation and purpose, None for none."""
    columns = [Column(item.code, item.code, None) for item in items]
    others = tuple(column.heading for column in columns if column.heading not in (basic or ()))
    return RowRules(
        schools=None,
        youngest=None,
        oldest=None,
        oldest_supported=date.min,
        scheme_applies=basic is not None,
        any_basic=len(others) < len(columns),
        emptied=others if basic is not None else (),
        locating=tuple(item.code for item in items if item.locating),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a pupil for a request: the rules look at nothing else. `elsewhere` are the opt-outs and
    objections in force whoever they are about, where the policy does not have the organisation."""

    opted_out: bool = False
    objected: bool = False
    died: bool = False
    protected: bool = False
    elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What an officer may choose for a pupil: `permission` for a protected one, `despite` an opt-out."""

    shared: bool
    permission: Permission | None = None
    despite: bool = False

    @property
    def code(self) -> str:
        """Return the choice in one word, as forms send it."""
        if not self.shared:
            return "none"
        return ".".join(
            [
                "share",
                *([self.permission] if self.permission else []),
                *(["despite"] * self.despite),
            ]
        )


NOTHING = Choice(shared=False)
# Every choice there is, by its code.
CHOICES = {
    choice.code: choice
    for choice in (
        NOTHING,
        *(
            Choice(True, permission, despite)
            for permission in (None, *Permission)
            for despite in (False, True)
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice and what becomes of the pupil's information with it: which items, and why not all."""

    choice: Choice
    decision: RowDecision
    items: tuple[str, ...]


def option(rules: RowRules, standing: Standing, choice: Choice, items: Sequence[str]) -> Option:
    """Q1 Return what goes about a pupil with a choice, by the rules of D for one row: an objection (C10)
    and a death withhold it, an opt-out leaves the basic items unless it is overridden, and protection
    (P3) withholds it unless a second officer permits it."""
    decision = decide_row(
        rules,
        RowFacts(
            upn_valid=True,
            on_roll=True,
            opted_out=standing.opted_out and not choice.despite,
            objected=standing.objected,
            died=standing.died,
            protected=standing.protected,
            permission=choice.permission,
        ),
    )
    if not choice.shared or decision.outcome is Outcome.WITHHELD:
        return Option(choice, decision, ())
    emptied = rules.emptied_by(decision)
    return Option(choice, decision, tuple(item for item in items if item not in emptied))


def chosen(
    rules: RowRules, standing: Standing, choice: Choice, items: Sequence[str], *, words: bool
) -> Option:
    """Return what goes about a pupil with a choice, without a permission or an override that it does not
    need; with `words` more than items goes, which no opt-out leaves."""
    permission = choice.permission if standing.protected else None
    plain = option(rules, standing, Choice(choice.shared, permission), items)
    if not (choice.despite and standing.opted_out and rules.scheme_applies):
        return plain
    despite = option(rules, standing, Choice(choice.shared, permission, despite=True), items)
    return plain if plain.items == despite.items and not words else despite


def options(
    rules: RowRules, standing: Standing, items: Sequence[str], *, words: bool
) -> list[Option]:
    """Return what an officer may choose for a pupil, nothing first; choices by which the same goes are
    one. With `words`, information that is no item of the policy is wanted too."""
    choices = [option(rules, standing, NOTHING, items)]
    permissions: tuple[Permission | None, ...] = (None,)
    if standing.protected:
        permissions = (Permission.WITHOUT_LOCATING, Permission.WHOLE)
    for despite in (False, True) if standing.opted_out and rules.scheme_applies else (False,):
        for permission in permissions:
            more = option(rules, standing, Choice(True, permission, despite), items)
            if more.decision.outcome is Outcome.WITHHELD or not (more.items or words):
                continue
            if not words and more.items in {known.items for known in choices[1:]}:
                continue
            choices.append(more)
    return choices


def second_reasons(
    choices: Iterable[tuple[Standing, Choice]],
    *,
    special_category: bool,
    others: int,
    view: str,
    maybe_listed: bool = False,
) -> list[SecondReason]:
    """Q1 Return why a second officer has to agree before information is shared: a pupil is protected (P3),
    it is of a special category, an opt-out is overridden, somebody is not on record, so that nothing
    can be checked about them, the data protection officer is against it, a pupil is opted out or an
    objection counts and nobody can tell whether it is about this organisation, or the organisation
    may be one of the policy."""
    shared = [(standing, choice) for standing, choice in choices if choice.shared]
    if not shared and not others:
        return []
    reasons = (
        (SecondReason.PROTECTED, any(standing.protected for standing, _ in shared)),
        (SecondReason.SPECIAL_CATEGORY, special_category),
        (SecondReason.OPTED_OUT, any(choice.despite for _, choice in shared)),
        (SecondReason.NOT_ON_RECORD, others > 0),
        (SecondReason.VIEW_AGAINST, view == View.DISAGREES),
        (SecondReason.ELSEWHERE, any(standing.elsewhere for standing, _ in shared)),
        (SecondReason.MAYBE_LISTED, maybe_listed),
    )
    return [reason for reason, holds in reasons if holds]


def kind_of(
    *,
    wanted: Collection[str],
    pupils: int,
    others: int,
    chosen: Iterable[Collection[str]],
    others_chosen: int,
    words_wanted: bool,
    words_chosen: bool,
) -> Kind:
    """Return whether all that was asked for is shared, some, or nothing; `chosen` are the items that go of
    each pupil about whom something goes."""
    goes = [frozenset(items) for items in chosen]
    if not goes and not others_chosen:
        return Kind.REFUSE
    everything = (
        len(goes) == pupils
        and others_chosen == others
        and all(items >= frozenset(wanted) for items in goes)
        and (words_chosen or not words_wanted)
    )
    return Kind.SHARE_ALL if everything else Kind.SHARE_SOME


@dataclass(frozen=True, slots=True)
class RequestInShort:
    """A request as it is compared with others of its kind (Q2): who asks, what for, about what, and when."""

    number: int
    organisation: str
    purpose: str
    items: frozenset[str]
    received: date


def of_a_kind(one: RequestInShort, other: RequestInShort) -> bool:
    """Q2 Two requests are of a kind if the same organisation asks for the same purpose, or for the same
    information."""
    if not one.organisation or one.organisation != other.organisation:
        return False
    same_purpose = one.purpose != "" and one.purpose == other.purpose
    return same_purpose or (bool(one.items) and one.items == other.items)


def place_of_kind(one: RequestInShort, others: Iterable[RequestInShort]) -> int:
    """Q2 Return the place of a request among those of its kind in the year up to it: 1 for the first."""
    since = months_later(one.received, -12)
    return 1 + sum(
        since < other.received
        and (other.received, other.number) < (one.received, one.number)
        and of_a_kind(one, other)
        for other in others
    )


def places_of_kind(
    these: Iterable[RequestInShort], others: Iterable[RequestInShort]
) -> dict[int, int]:
    """Q2 Return the place of each of these requests as `place_of_kind` does, by number; in a time that
    hardly grows with the others, each of which is there once."""
    alike: dict[tuple[object, ...], list[tuple[date, int]]] = defaultdict(list)
    for other in others:
        for key in _keys(other).values():
            alike[key].append((other.received, other.number))
    for times in alike.values():
        times.sort()
    places = {}
    for one in these:
        since = months_later(one.received, -12)
        earlier = {
            name: bisect_left(alike[key], (one.received, one.number))
            - bisect_right(alike[key], since, key=itemgetter(0))
            for name, key in _keys(one).items()
        }
        both = earlier.get("both", 0)
        places[one.number] = 1 + earlier.get("purpose", 0) + earlier.get("items", 0) - both
    return places


def _keys(asked: RequestInShort) -> dict[str, tuple[object, ...]]:
    """Return what requests of a kind with this one have: its purpose, its items, or both."""
    organisation, purpose, items = asked.organisation, asked.purpose, asked.items
    keys: dict[str, tuple[object, ...]] = {}
    if organisation and purpose:
        keys["purpose"] = (organisation, purpose)
    if organisation and items:
        keys["items"] = (organisation, items)
    if len(keys) == 2:
        keys["both"] = (organisation, purpose, items)
    return keys


@dataclass(frozen=True, slots=True)
class Shared:
    """What was decided to be shared, or was: of which people on record, which items, and of how many
    others."""

    people: frozenset[str]
    items: frozenset[str]
    others: int


def covers(decided: Shared, shared: Shared) -> bool:
    """Q1 Return whether a decision covers what was shared: only its people, only its items, and no more
    people who are not on record."""
    return (
        shared.people <= decided.people
        and shared.items <= decided.items
        and shared.others <= decided.others
    )
