"""What may change in the policy: nothing that a published notice or a signed agreement names is taken away,
renamed, or changed so that more could be shared under it (docs/rulebook.md, N1, A2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from consent.policy_format import SchemePart, SchoolPart
from notices.policy_file.format import (
    ItemPart,
    NoticePart,
    PurposePart,
    RecipientPart,
)
from privacy_portal.ground.files.documents import Part
from privacy_portal.ground.names import folded_heading

# A thing of the policy, as the policy file has it.
ThingPart: TypeAlias = Part


@dataclass(frozen=True, slots=True)
class Naming:
    """What names a thing: `bound` for good, such as a published notice, a signed agreement or choices that
    people made; `other` until it is changed, such as a draft."""

    bound: Sequence[str] = ()
    other: Sequence[str] = ()


# What can be done where a thing that is named cannot be changed so.
_INSTEAD: dict[type[ThingPart], str] = {
    ItemPart: "Add other information instead.",
    PurposePart: "Add another purpose instead.",
    RecipientPart: "Add another organisation instead, as its successor if it takes over its work.",
    SchemePart: "It can only change so that less is shared.",
    NoticePart: "Keep the title.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change cannot be, as a sentence, and the field that it is about; empty for all of it."""

    sentence: str
    field: str = ""


def refusals(
    before: ThingPart | None, wanted: ThingPart | None, naming: Naming, on: date
) -> list[Refusal]:
    """N1, A2 Return why a change cannot be put in force on the day; nothing where it can.

    `before` is the thing as it is, None for a new one; `wanted` as it would be, None to take it away.
    """
    if wanted is None:
        names = [*naming.bound, *naming.other]
        if not names:
            return []
        stays = "It stays." if naming.bound else "Change these first."
        return [Refusal(f"You cannot remove this: {named_by(names)}. {stays}")]
    if before is None:
        return []
    if not naming.bound:
        return []
    named = named_by(naming.bound)
    return [
        Refusal(f"You cannot {what}: {named}. {_INSTEAD[type(before)]}", field)
        for field, what in _widened(before, wanted, on)
    ]


def named_by(names: Sequence[str]) -> str:
    """Return who names a thing, as a clause: the first three, and how many others."""
    listed = list(names[:3])
    if more := len(names) - len(listed):
        listed.append(f"{more:,} more")
    together = " and ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))
    return f"{together} {'names' if len(names) == 1 else 'name'} it"


def headings_taken(item: ItemPart, others: Collection[ItemPart]) -> list[Refusal]:
    """D Return a refusal for each heading that stands for other information already: a column would be
    read as two things."""
    taken = {folded_heading(text): other for other in others for text in other.headings}
    sentences, seen = [], set()
    for heading in item.headings:
        key = folded_heading(heading)
        if other := taken.get(key):
            sentences.append(f"“{heading}” is already a column heading of “{other.label}”")
        elif key in seen:
            sentences.append(f"“{heading}” is there more than once")
        seen.add(key)
    return [Refusal(sentence, "headings") for sentence in sentences]


def taken(wanted: ThingPart, others: Collection[ThingPart]) -> list[Refusal]:
    """N0 Return a refusal where another thing of the kind has what only one can have: the opt-out of an
    organisation, the notice of an audience, the number of a school."""
    for other in others:
        match wanted, other:
            case SchemePart(), SchemePart() if wanted.recipient == other.recipient:
                return [
                    Refusal(f"“{other.title}” is the opt-out of this organisation", "recipient")
                ]
            case NoticePart(), NoticePart() if wanted.audience == other.audience:
                return [Refusal(f"“{other.title}” is the privacy notice for them", "audience")]
            case SchoolPart(), SchoolPart() if wanted.laestab and wanted.laestab == other.laestab:
                return [Refusal(f"{wanted.laestab} is the number of {other.name}", "laestab")]
    return []


def _widened(before: ThingPart, wanted: ThingPart, on: date) -> list[tuple[str, str]]:
    """Return what a change does that it may not, once something binding names the thing: the field, and
    the words after “You cannot”."""
    match before, wanted:
        case ItemPart(), ItemPart():
            return item_widened(before, wanted)
        case RecipientPart(), RecipientPart():
            return organisation_widened(before, wanted, on)
        case SchemePart(), SchemePart():
            return scheme_widened(before, wanted)
        case PurposePart(), PurposePart():
            return _changed(
                before, wanted, label="change the name", audience="change whom it is about"
            )
        case NoticePart(), NoticePart():
            return _changed(
                before, wanted, title="change the title", audience="change whom it is for"
            )
    return []


def item_widened(before: ItemPart, wanted: ItemPart) -> list[tuple[str, str]]:
    """N1, A2 Information keeps its name, and stays identifying, special category and locating."""
    changed = _changed(before, wanted, label="change the name", audience="change whom it is about")
    for field, mark in (
        ("identifying", "identifying"),
        ("special_category", "special category"),
        ("locating", "telling where someone lives"),
    ):
        if getattr(before, field) and not getattr(wanted, field):
            changed.append((field, f"stop marking it as {mark}"))
    return changed


def organisation_widened(
    before: RecipientPart, wanted: RecipientPart, on: date
) -> list[tuple[str, str]]:
    """N1, A2 An organisation keeps its name, opens no earlier and, once closed, stays closed, with the same
    successor: what was agreed with one is not agreed with another."""
    changed = _changed(before, wanted, name="change the name")
    if before.opened and (wanted.opened is None or wanted.opened < before.opened):
        changed.append(("opened", "make the opening date earlier"))
    if before.closed and before.closed <= on:
        if wanted.closed is None or wanted.closed > before.closed:
            changed.append(("closed", "open an organisation again that has closed"))
        if before.successor and wanted.successor != before.successor:
            changed.append(("successor", "change who took over its work"))
    return changed


def scheme_widened(before: SchemePart, wanted: SchemePart) -> list[tuple[str, str]]:
    """N1, C2 An opt-out keeps what people were told: it applies to no less, for nobody fewer, and leaves no
    more basic details to share."""
    changed = _changed(
        before, wanted, title="change the name", recipient="change the organisation",
        kind="change whether it is by law", self_age="change the age from which pupils decide",
    )  # fmt: skip
    if limits(wanted.purposes, before.purposes):
        changed.append(("purposes", "let it apply to fewer purposes"))
    if set(wanted.basic_items) - set(before.basic_items):
        changed.append(("basic_items", "add basic details"))
    if before.default == "withhold" and wanted.default != "withhold":
        changed.append(("default", "share before someone agrees"))
    if before.min_age is not None and (wanted.min_age or 0) < before.min_age:
        changed.append(("min_age", "lower the age from which information is shared"))
    if before.below_age is not None and (
        wanted.below_age is None or wanted.below_age > before.below_age
    ):
        changed.append(("below_age", "raise the age at which sharing ends"))
    if before.supplied_by == "authority" and wanted.supplied_by != "authority":
        changed.append(("supplied_by", "end objections to basic details"))
    if before.child_may_refuse and not wanted.child_may_refuse:
        changed.append(("child_may_refuse", "stop children refusing on the day"))
    return changed


def limits(wanted: Sequence[str], before: Sequence[str]) -> bool:
    """D Return whether an opt-out for these purposes applies to less than before; none stands for all."""
    if not wanted:
        return False
    return not before or not set(before) <= set(wanted)


def _changed(before: ThingPart, wanted: ThingPart, **words: str) -> list[tuple[str, str]]:
    return [
        (field, what)
        for field, what in words.items()
        if getattr(before, field) != getattr(wanted, field)
    ]
