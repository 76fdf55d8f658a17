"""Requests for data in words, without queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.ui.environment import lower_first
from sharing import request_rules as rules
from sharing.models import (
    DataRequestStep,
    DecidedPupil,
    Disclosure,
    RequestDetails,
)
from sharing.requests import elsewhere
from sharing.requests.queries import DecisionRow, State
from sharing.row_decision_rules import Permission
from sharing.rules import Outcome, Reason

STATES = {
    State.OPEN: ("To decide", "blue"),
    State.TO_APPROVE: ("Needs a second officer", "purple"),
    State.DECIDED: ("To answer", "yellow"),
    State.ANSWERED: ("Answered", "green"),
    State.WITHDRAWN: ("Withdrawn", "grey"),
}
SECOND = {
    rules.SecondReason.PROTECTED: "a pupil must not be found",
    rules.SecondReason.SPECIAL_CATEGORY: "special category data is shared",
    rules.SecondReason.OPTED_OUT: "more is shared than an opt-out allows",
    rules.SecondReason.NOT_ON_RECORD: "someone is not in our pupil records, so nothing could be checked",
    rules.SecondReason.VIEW_AGAINST: "the data protection officer does not agree",
    rules.SecondReason.ELSEWHERE: (
        "a pupil is opted out or there is an objection, and the organisation is not in our list, so we "
        "cannot tell if it is the same one"
    ),
    rules.SecondReason.MAYBE_LISTED: "the organisation may be one in our list under another name",
}
# What an asker may be asked for, as a letter says it.
POINTS = {
    "identity": "how we can check who you are, for example a number on your organisation’s website",
    "people": "who your request is about",
    "information": "which information you need",
    "purpose": "what you need it for",
    "power": "the law that allows us to share it, with the section, or a copy of the court order",
    "necessity": "why you need this much information",
    "condition": "your reasons for needing sensitive information, such as about health",
}
NEEDED_POINTS = {
    rules.Need.ASKER: "identity",
    rules.Need.CONTACT: "identity",
    rules.Need.CHECK: "identity",
    rules.Need.PEOPLE: "people",
    rules.Need.INFORMATION: "information",
    rules.Need.PURPOSE: "purpose",
    rules.Need.POWER: "power",
    rules.Need.NECESSITY: "necessity",
    rules.Need.CONDITION: "condition",
}
_STANDINGS = {
    Reason.OPTED_OUT: "This pupil is opted out: only basic details can be shared, or more despite the opt-out.",
    Reason.OBJECTED: "There is an objection to sharing with this organisation, so nothing can be shared.",
    Reason.DECEASED: "This pupil has died, so nothing can be shared.",
    Reason.PROTECTED: "This pupil must not be found: a second officer must agree to share anything.",
}
_NOT_LISTED = "The organisation that asks is not in our list, so a second officer must agree to share anything."


def points_for(needs: Sequence[rules.Need]) -> list[str]:
    """Return what to ask the asker for, from what is not known yet."""
    return list(dict.fromkeys(NEEDED_POINTS[need] for need in needs if need in NEEDED_POINTS))


def standing_in_words(
    standing: rules.Standing, *, applies: bool, names: Mapping[str, str]
) -> list[str]:
    """Return what the rules say of a pupil, a sentence each; `applies`: an opt-out of the organisation
    concerns this request; `names` are those of organisations that opt-outs elsewhere are about."""
    holds = {
        Reason.OBJECTED: standing.objected,
        Reason.DECEASED: standing.died,
        Reason.PROTECTED: standing.protected,
        Reason.OPTED_OUT: standing.opted_out and applies,
    }
    sentences = [_STANDINGS[reason] for reason, so in holds.items() if so]
    if standing.elsewhere:
        sentences += [*elsewhere.in_words(standing.elsewhere, names), _NOT_LISTED]
    return sentences or ["The rules allow sharing."]


def option_in_words(option: rules.Option, labels: Mapping[str, str]) -> str:
    """Return what an officer may choose for a pupil: `Share last name; school`."""
    if not option.choice.shared:
        return "Do not share"
    names = lower_first(items_in_words(option.items, labels))
    text = f"Share: {names}" if names else "Share"
    if option.choice.permission is Permission.WITHOUT_LOCATING:
        text += ". Nothing that tells where they are"
    elif option.choice.permission is Permission.WHOLE:
        text += ". This may tell where they are"
    elif option.decision.outcome is Outcome.REDUCED:
        text += ". Basic details only"
    if option.choice.despite:
        text += ". Despite the opt-out"
    return text


def decided_in_words(row: DecidedPupil, labels: Mapping[str, str]) -> str:
    """Return a pupil with what was decided about them: `Ella Barlow: last name; school`."""
    name = f"{row.pupil.forename} {row.pupil.surname}"
    return f"{name}: {lower_first(decided_items(row, labels))}"


def decided_items(row: DecidedPupil, labels: Mapping[str, str]) -> str:
    """Return what was decided about a pupil."""
    if row.choice == rules.NOTHING.code:
        return "Do not share"
    return items_in_words(row.items, labels) or "Share what was decided in words"


def items_in_words(items: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return items by their labels: `Last name; school`."""
    names = sorted((labels.get(code, code) for code in items), key=str.casefold)
    return "; ".join([*names[:1], *map(lower_first, names[1:])])


def second_in_words(decision: DecisionRow) -> list[str]:
    """Return why a second officer has to agree."""
    return [SECOND[rules.SecondReason(code)] for code in decision.decision.second_reasons]


def place_in_words(place: int) -> str:
    """Return that a request is one of several of its kind (Q2); empty for fewer than 3."""
    if place < rules.OF_A_KIND:
        return ""
    ending = (
        "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    )
    return f"{place}{ending} of its kind in a year"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a request's history."""

    at: datetime
    who: str
    text: str
    note: str = ""


def history(
    versions: Sequence[RequestDetails],
    decisions: Sequence[DecisionRow],
    steps: Sequence[DataRequestStep],
    disclosures: Sequence[Disclosure],
) -> list[Event]:
    """Return all that happened to a request, oldest first."""
    events = []
    for details in versions:
        text = f"{details.get_part_display()}: changed" if details.number > 1 else "Recorded"
        events.append(Event(details.at, details.by.name, text))
    for row in decisions:
        text = f"Decision: {lower_first(row.decision.get_kind_display())}"
        events.append(Event(row.decision.at, row.decision.by.name, text, row.decision.reasons))
        if row.answer:
            agreed = (
                "Second officer agreed" if row.answer.agrees else "Sent back by a second officer"
            )
            events.append(Event(row.answer.at, row.answer.by.name, agreed, row.answer.note))
    for step in steps:
        points = "; ".join(POINTS[point] for point in step.points)
        text = f"{step.get_kind_display()}, {in_words(step.on)}"
        events.append(
            Event(step.at, step.by.name, text, "\n".join(filter(None, [points, step.note])))
        )
    for disclosure in disclosures:
        how = "Shared by file" if disclosure.origin == Disclosure.Origin.REQUEST else "Shared"
        how = "File not sent" if hasattr(disclosure, "undone") else how
        text = f"{how} on {in_words(disclosure.on)}, log entry {disclosure.entry}"
        if disclosure.out_of_line:
            text += ": not allowed"
        events.append(Event(disclosure.at, disclosure.by.name, text, disclosure.note))
    return sorted(events, key=lambda event: event.at)


def received_in_words(details: RequestDetails) -> str:
    """Return the day on which it was received, and how."""
    channel = lower_first(details.get_channel_display())
    return f"{in_words(day_of(details.received_at))}, {channel}"
