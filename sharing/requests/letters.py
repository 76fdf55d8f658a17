"""Letters that answer a request for data, in plain English and without any pupil's data.

A refusal never says whether anybody is in pupil records (C7): it reads the same whoever was asked about.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from privacy_portal.ground.days import day_of, in_words
from sharing.models import RequestDecision, RequestDetails
from sharing.requests.queries import DecisionRow
from sharing.requests.words import POINTS

Decided = RequestDecision.Kind


class LetterKind(StrEnum):
    """What a letter says."""

    SHARED = "shared"
    PARTLY = "partly"
    REFUSED = "refused"
    MORE = "more"


OF_DECISION = {
    Decided.SHARE_ALL.value: LetterKind.SHARED,
    Decided.SHARE_SOME.value: LetterKind.PARTLY,
    Decided.REFUSE.value: LetterKind.REFUSED,
}
TITLES = {
    LetterKind.SHARED: "We will share the information you asked for",
    LetterKind.PARTLY: "We will share some of the information you asked for",
    LetterKind.REFUSED: "We cannot share the information you asked for",
    LetterKind.MORE: "We need to know more before we can decide",
}
_SHARED_RULES = (
    "Use it only for what you told us you need it for.",
    "Keep it safe, and share it with nobody else unless the law says you must.",
    "Delete it when you no longer need it, or by the date we agreed.",
    "Tell us straight away if it is lost, or if you think it is wrong.",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: to whom, its title, and its parts: a sentence each, or a list of them."""

    kind: LetterKind
    title: str
    to: tuple[str, ...]
    reference: str
    their_reference: str
    on: date
    parts: tuple[str | tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """Return the letter as text, to paste into an email."""
        references = f"Our reference: {self.reference}"
        if self.their_reference:
            references += f"\nYour reference: {self.their_reference}"
        parts = [
            part if isinstance(part, str) else "\n".join(f"- {line}" for line in part)
            for part in self.parts
        ]
        return "\n\n".join([self.title, references, *parts])


def reference_of(details: RequestDetails) -> str:
    """Return what the council calls a request when it writes to the asker."""
    return f"Request {details.request_id}"


def letter(
    kind: LetterKind,
    details: RequestDetails,
    *,
    on: date,
    points: tuple[str, ...] = (),
) -> Letter:
    """Write a letter to the asker; `points` are what a letter that asks for more asks for."""
    asker = [details.asker_name, details.asker_role, details.organisation]
    return Letter(
        kind=kind,
        title=TITLES[kind],
        to=tuple(part for part in (*asker, *details.contact.splitlines()) if part),
        reference=reference_of(details),
        their_reference=details.their_reference,
        on=on,
        parts=(_opening(details), *_parts(kind, points)),
    )


def kinds_for(decision: DecisionRow | None) -> list[LetterKind]:
    """Return the letters that fit a request as it is: one for its decision, else one that asks for more."""
    if decision is None:
        return [LetterKind.MORE]
    return [OF_DECISION[decision.decision.kind]] if decision.applies else []


def _opening(details: RequestDetails) -> str:
    received = in_words(day_of(details.received_at))
    return f"You asked us for information on {received}."


def _parts(kind: LetterKind, points: tuple[str, ...]) -> tuple[str | tuple[str, ...], ...]:
    if kind is LetterKind.MORE:
        return (
            "Before we can decide, please tell us:",
            tuple(f"{POINTS[point]}." for point in points),
            (
                "Reply to us and quote our reference. Do not send us more personal information than "
                "we need."
            ),
            "This does not mean that we hold, or do not hold, any information about anyone.",
        )
    if kind is LetterKind.REFUSED:
        return (
            "We have thought about your request, and decided not to share the information.",
            "This does not mean that we hold, or do not hold, any information about anyone.",
            (
                "If you have new reasons or another legal power, you can ask again. A court can also "
                "order us to share information."
            ),
            (
                "If you disagree with our decision, contact our data protection officer and quote our "
                "reference."
            ),
        )
    opening = "We have decided to share the information you asked for."
    if kind is LetterKind.PARTLY:
        opening = "We have decided to share some of the information you asked for. We cannot share the rest."
    return (
        opening,
        "We share it with you separately. It is not in this letter.",
        (
            "It comes from our records about pupils, which schools and parents keep up to date with "
            "us. It was correct as far as we know on the day we share it."
        ),
        "You must:",
        _SHARED_RULES,
        (
            "You are responsible for the information from when you receive it. If you have questions, "
            "contact us and quote our reference."
        ),
    )
