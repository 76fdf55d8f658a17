"""What was given by telephone, letter or email, recorded afterwards; and what was received.

It is decided for its day like any other, and recorded even if the rules forbid it: then it is out
of line, and an incident begins whose clock runs for 72 hours (D, seen after the fact).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from consent import upn
from consent.naming import named
from notices.models import Purpose, Recipient
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files.tables import JOINT
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.merkle import Frontier
from sharing import rules
from sharing.agreements.facts import lock_agreement
from sharing.deciding.deciding import Decision, decide, seen_for
from sharing.deciding.extracts import Identifiers
from sharing.deciding.policy import load
from sharing.disclosures.entry import destroy_by, disclosure_body
from sharing.disclosures.lines import Lines, next_disclosure_id
from sharing.models import AgreementVersion, Disclosure, Incident


@dataclass(frozen=True, slots=True)
class Given:
    """What was given to whom: `items` and `upns` say which information of which pupils.

    `unnamed` is the number of people whose UPN nobody knows. `destroy_by` is the day agreed where
    there was no agreement, None for no such day; with an agreement its own day is taken.
    """

    agreement: str
    recipient: str
    purpose: str
    on: date
    means: str
    items: Sequence[str]
    upns: Sequence[str]
    note: str
    by: User
    reference: str = ""
    requested_on: date | None = None
    unnamed: int = 0
    destroy_by: date | None = None
    submission: UUID | None = None


class _People:
    """People of whom the same was given, as the rows that a decision reads; each stands once, also
    one who is written with a former and the present number."""

    def __init__(self, given: Given, items: Mapping[str, rules.Item]):
        self.columns = [(code, items.get(code)) for code in given.items]
        numbers = list(dict.fromkeys(upn.normal(each) for each in given.upns))
        pupils = [pupil for pupil, *_ in named(numbers)(len(numbers))] if numbers else []
        seen: set[int] = set()
        self.numbers: list[str] = []
        for number, pupil in zip(numbers, pupils, strict=True):
            if pupil is None or pupil not in seen:
                self.numbers.append(number)
            if pupil is not None:
                seen.add(pupil)
        self.numbers += [""] * given.unnamed

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Of each only the number."""
        for at in range(0, len(self.numbers), size):
            batch = self.numbers[at : at + size]
            yield Identifiers(len(batch), JOINT.join(batch))


def look_ahead(given: Given, *, at: datetime) -> Decision:
    """Decides on what was given as its record would, and stores nothing."""
    loaded = load(given.agreement, given.purpose, given.on)
    seen = seen_for(given.on, at)
    with transaction.atomic():
        return decide(_People(given, loaded.items), loaded, lambda: seen)


def organisation_of(given: Given) -> str:
    """The name of the organisation that the record would be about, empty where none is known."""
    version = load(given.agreement, given.purpose, given.on).version
    found = version.recipient if version else _recipient(given.recipient)
    return found.name if found else ""


def record_given(given: Given, *, at: datetime) -> Disclosure:
    """Records what was given, with the decision for its day; out of line opens an incident.

    A form that is sent twice is recorded once: then the record that there is already is returned.
    """
    number = next_disclosure_id()
    with transaction.atomic():
        locks.take_one(locks.Single.RECORD, given.by.pk)
        if recorded := _recorded(given.submission):
            return recorded
        locks.share(locks.Held.POLICY)
        locks.share(locks.Held.ROLL)
        lock_agreement(given.agreement)
        loaded = load(given.agreement, given.purpose, given.on)
        lines = Lines(number, sent=True)
        people = _People(given, loaded.items)
        seen = seen_for(given.on, at)
        decision = decide(people, loaded, lambda: seen, sink=lines.copying)
        if decision.rows is None:
            lines.add_undecided(_references(people))
        version = loaded.version
        out_of_line = decision.outcome is not rules.Outcome.RELEASED
        summary = decision.summary()
        counts = decision.rows
        disclosure = Disclosure(
            id=number,
            agreement_reference=version.agreement.reference if version else given.agreement[:50],
            agreement_version=version,
            recipient=version.recipient if version else _recipient(given.recipient),
            purpose=Purpose.objects.filter(code=given.purpose).first(),
            on=given.on,
            at=at,
            by=given.by,
            notice=summary["notice"] or "",
            outcome=decision.outcome,
            reasons=summary["reasons"],
            columns=summary["columns"],
            item_sets=[sorted(given.items)],
            request_reference=given.reference,
            requested_on=given.requested_on,
            rows_total=len(people.numbers),
            rows_released=counts.released if counts else 0,
            rows_reduced=counts.reduced if counts else 0,
            rows_withheld=counts.withheld if counts else len(people.numbers),
            lines_root=lines.tree.root(),
            origin=Disclosure.Origin.AFTER_THE_FACT,
            means=given.means,
            out_of_line=out_of_line,
            note=given.note,
            schools=sorted(decision.schools),
            destroy_by=destroy_by(version, given.on) if version else given.destroy_by,
            submission=given.submission,
        )
        entries = [disclosure_body(disclosure, lines.tree.size)]
        if out_of_line:
            entries.append(body("incident-opened", at=at, by=given.by, disclosure=number))
        disclosure.entry = append(entries)
        disclosure.save(force_insert=True)
        if out_of_line:
            Incident.objects.create(disclosure=disclosure, opened_at=at, by=given.by)
    return disclosure


def _references(people: _People) -> list[str | None]:
    found = named(people.numbers)(len(people.numbers))
    return [reference if pupil else None for pupil, reference, *_ in found]


def _recorded(submission: UUID | None) -> Disclosure | None:
    if submission is None:
        return None
    return Disclosure.objects.filter(submission=submission).first()


def _recipient(code: str) -> Recipient | None:
    return Recipient.objects.filter(code=code).first()


@dataclass(frozen=True, slots=True)
class Received:
    """Data that an agency gave the council; `note` says what it is."""

    version: AgreementVersion
    purpose: str
    on: date
    means: str
    note: str
    by: User
    items: Sequence[str] = field(default_factory=tuple)
    reference: str = ""
    submission: UUID | None = None


def record_received(received: Received, *, at: datetime) -> Disclosure:
    """Records what was received, to be kept as long as the agreement says, once however often it is
    sent. Raises NotNowError for a purpose or an item that the agreement does not cover."""
    check_received(received)
    version = received.version
    with transaction.atomic():
        locks.take_one(locks.Single.RECORD, received.by.pk)
        if recorded := _recorded(received.submission):
            return recorded
        disclosure = Disclosure(
            id=next_disclosure_id(),
            agreement_reference=version.agreement.reference,
            agreement_version=version,
            recipient=version.recipient,
            purpose=Purpose.objects.get(code=received.purpose),
            on=received.on,
            at=at,
            by=received.by,
            outcome=rules.Outcome.RELEASED,
            item_sets=[sorted(received.items)] if received.items else [],
            request_reference=received.reference,
            lines_root=Frontier().root(),
            origin=Disclosure.Origin.RECEIVED,
            direction=Disclosure.Direction.RECEIVED,
            means=received.means,
            note=received.note,
            destroy_by=destroy_by(version, received.on),
            submission=received.submission,
        )
        disclosure.entry = append([disclosure_body(disclosure, 0)])
        disclosure.save(force_insert=True)
    return disclosure


def check_received(received: Received) -> None:
    """Raises NotNowError for a purpose or an item that the agreement does not cover."""
    version = received.version
    purposes = {each.purpose.code for each in version.purposes.select_related("purpose")}
    items = {each.item.code for each in version.items.select_related("item")}
    if received.purpose not in purposes:
        raise NotNowError("The agreement does not cover this purpose.")
    if set(received.items) - items:
        raise NotNowError("The agreement does not cover all of this information.")
