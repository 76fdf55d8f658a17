"""The things of the policy by their kinds: how each is read, checked, stored and taken away. Stored is as
the policy file has it, by the same functions as its import."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from consent.decisions.scheme_storing import dump_schemes, store_schemes
from consent.models import Scheme, School
from consent.policy_format import SchemePart, SchoolPart
from consent.schools.storing import dump_schools, store_schools
from notices.models import Item, Notice, Purpose, Recipient
from notices.policy_file import storing
from notices.policy_file.format import (
    ControllerPart,
    ItemPart,
    NoticePart,
    PurposePart,
    RecipientPart,
)
from notices.policy_file.terms_format import LettersPart, NumbersPart
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.storing import store_numbers, store_texts
from sharing.assurances.part import AssurancePart
from sharing.assurances.storing import dump_assurances, record
from sharing.models import HeadingAssignment, PolicyChange
from sharing.policy_file.checking import check_policy
from sharing.policy_file.format import FORMAT, PolicyPart
from sharing.policy_file.naming import naming_of
from sharing.policy_file.refusing import code_of
from sharing.policy_rules import Refusal, ThingPart, headings_taken, refusals, taken

Kind = PolicyChange.Kind
COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class KindOfThing:
    """How things of a kind are read and stored; `section` is their place in the policy file. `delete` is
    for those that can be taken away, by their code."""

    part: type[ThingPart]
    section: str
    dump: Callable[[], Sequence[ThingPart]]
    store: Callable[[Sequence[Any]], object]
    delete: Callable[[str], object] | None = None


def _dump_council() -> list[ControllerPart]:
    controller = storing.dump_controller()
    return [controller] if controller else []


def _store_council(parts: Sequence[ControllerPart]) -> None:
    for part in parts:
        storing.store_controller(part)


def _recorded_otherwise(parts: Sequence[AssurancePart]) -> None:
    """Do nothing: registrations and certificates are only added to, by somebody (`store`)."""


def _dump_numbers() -> list[NumbersPart]:
    stored, _ = terms.stored()
    numbers = {name: stored.get(name, known.usual) for name, known in NUMBERS.items()}
    return [NumbersPart(numbers=numbers)]


def _store_numbers(parts: Sequence[NumbersPart]) -> None:
    for part in parts:
        store_numbers(part.numbers)


def _dump_letters() -> list[LettersPart]:
    _, stored = terms.stored()
    texts = {name: stored.get(name, known.usual) for name, known in TEXTS.items()}
    return [LettersPart(texts=texts)]


def _store_letters(parts: Sequence[LettersPart]) -> None:
    for part in parts:
        store_texts(part.texts)


KINDS: dict[str, KindOfThing] = {
    Kind.COUNCIL: KindOfThing(ControllerPart, "controller", _dump_council, _store_council),
    Kind.ORGANISATION: KindOfThing(
        RecipientPart, "recipients", storing.dump_recipients, storing.store_recipients,
        lambda code: Recipient.objects.get(code=code).delete(),
    ),
    Kind.ITEM: KindOfThing(ItemPart, "items", storing.dump_items, storing.store_items,
        lambda code: Item.objects.get(code=code).delete(),
    ),
    Kind.PURPOSE: KindOfThing(
        PurposePart, "purposes", storing.dump_purposes, storing.store_purposes,
        lambda code: Purpose.objects.get(code=code).delete(),
    ),
    Kind.SCHEME: KindOfThing(
        SchemePart, "schemes", dump_schemes, store_schemes,
        lambda code: Scheme.objects.get(code=code).delete(),
    ),
    Kind.NOTICE: KindOfThing(
        NoticePart, "notices", storing.dump_notice_titles, storing.store_notice_titles,
        lambda slug: Notice.objects.get(slug=slug).delete(),
    ),
    Kind.SCHOOL: KindOfThing(
        SchoolPart, "schools", dump_schools, store_schools,
        lambda urn: School.objects.get(urn=urn).delete(),
    ),
    Kind.ASSURANCE: KindOfThing(
        AssurancePart, "assurances", lambda: dump_assurances(days.now()), _recorded_otherwise
    ),
    Kind.NUMBERS: KindOfThing(NumbersPart, "numbers", _dump_numbers, _store_numbers),
    Kind.LETTERS: KindOfThing(LettersPart, "letters", _dump_letters, _store_letters),
}  # fmt: skip
ALONE = (Kind.COUNCIL, Kind.NUMBERS, Kind.LETTERS)
_REFERRED_TO = (Kind.ITEM, Kind.PURPOSE, Kind.ORGANISATION, Kind.SCHEME)
_CHECKED = (*_REFERRED_TO, Kind.SCHOOL, Kind.ASSURANCE)


def all_of(kind: str) -> list[ThingPart]:
    """Load every thing of a kind, in their order; at most 3 queries."""
    return list(KINDS[kind].dump())


def thing(kind: str, code: str) -> ThingPart | None:
    """Load a thing as the policy file has it; None where there is none."""
    return next((part for part in all_of(kind) if code_of(part) == code), None)


def as_json(part: ThingPart | None) -> dict[str, Any] | None:
    """Return a thing as JSON holds it."""
    return None if part is None else part.model_dump(mode="json")


def from_json(kind: str, values: dict[str, Any] | None) -> ThingPart | None:
    """Return a thing from its JSON, checked."""
    if values is None:
        return None
    return KINDS[kind].part.model_validate_json(json.dumps(values))


def refused(
    kind: str, code: str, before: ThingPart | None, wanted: ThingPart | None, on: date
) -> list[Refusal]:
    """Return why a change cannot be, by the rules and by what else the policy holds; at most 25 queries."""
    faults = refusals(before, wanted, naming_of(kind, code), on)
    if isinstance(wanted, ItemPart):
        others = [part for part in storing.dump_items() if part.code != code]
        faults += headings_taken(wanted, others)
        faults += _headings_in_use(wanted)
    if wanted is not None:
        faults += taken(wanted, [part for part in all_of(kind) if code_of(part) != code])
    if isinstance(wanted, AssurancePart):
        wanted = wanted.model_copy(update={"mistake": False})
    if not faults and kind in _CHECKED:
        faults += _faults(kind, with_change(all_of(kind), code, wanted))
    return faults


def with_change(parts: Sequence[ThingPart], code: str, wanted: ThingPart | None) -> list[ThingPart]:
    """Return the things of a kind with one of them changed in its place, added at the end, or taken away."""
    changed = [wanted if code_of(part) == code else part for part in parts]
    if wanted is not None and all(code_of(part) != code for part in parts):
        changed.append(wanted)
    return [part for part in changed if part is not None]


def store(change: PolicyChange, *, at: datetime) -> None:
    """Store what a change wants, or take the thing away. Raises NotNowError where the database knows that
    something names it."""
    kind, code, wanted = change.kind, change.code, from_json(change.kind, change.wanted)
    spec = KINDS[kind]
    try:
        with transaction.atomic():
            if isinstance(wanted, AssurancePart):
                record(wanted, reason=change.reason, by=change.by, at=at)
            elif wanted is None:
                assert spec.delete is not None  # nothing else is drafted to be taken away
                spec.delete(code)
            else:
                spec.store(with_change(all_of(kind), code, wanted))
    except (ProtectedError, IntegrityError) as error:
        raise NotNowError(
            "This cannot be stored: a published privacy notice, a signed agreement or another record "
            "depends on what it changes. Send it back."
        ) from error


def _headings_in_use(wanted: ItemPart) -> list[Refusal]:
    """Return a refusal for each heading that officers match to other information in files for somebody."""
    names = {" ".join(text.split()).casefold(): text for text in wanted.headings}
    held = HeadingAssignment.objects.filter(folded__in=list(names)).exclude(item__code=wanted.code)
    return [
        Refusal(
            f"“{names[row.folded]}” is matched to “{row.item.label}” in files for {row.recipient.name}",
            "headings",
        )
        for row in held.select_related("item", "recipient")
    ]


def _faults(kind: str, parts: Sequence[ThingPart]) -> list[Refusal]:
    """Return what the import of a policy file with these things would find fault with."""
    sections: dict[str, Any] = {
        KINDS[other].section: all_of(other) for other in _REFERRED_TO if other != kind
    }
    sections = {"schools": [], "assurances": [], **sections, KINDS[kind].section: list(parts)}
    policy = PolicyPart.model_construct(
        format=FORMAT, format_version=1, notices=[], agreements=[], templates=[], **sections
    )
    try:
        check_policy(policy, "policy")
    except BadInputError as error:
        return [Refusal(fault.message) for fault in error.faults]
    return []
