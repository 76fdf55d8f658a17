"""Record what was shared by telephone, letter or email, afterwards; and what was received.

It is decided for its day like any other disclosure, and recorded even if the rules forbid it: then
it is out of line, and an incident begins whose clock runs for 72 hours (D, seen after the fact).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from consent import upn
from consent.upn_lookup import look_up
from notices.models import Recipient
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files.tables import JOINT
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.merkle import Frontier
from sharing import rules
from sharing.agreements.facts import lock_agreement
from sharing.deciding.deciding import ExtractDecision, decide, deciding, seen_for
from sharing.deciding.extracts import Identifiers
from sharing.deciding.policy import load
from sharing.disclosures.entry import decision_columns, destroy_by, log_disclosure
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
    """Implements `Rows`: people of whom the same was given, one row each, also for a pupil who is
    written with a former and the present number."""

    def __init__(self, given: Given, items: Mapping[str, rules.Item]):
        self.columns = [(code, items.get(code)) for code in given.items]
        numbers = list(dict.fromkeys(upn.normal(number) for number in given.upns))
        pupils = [pupil for pupil, *_ in look_up(numbers)(len(numbers))] if numbers else []
        seen: set[int] = set()
        self.numbers: list[str] = []
        for number, pupil in zip(numbers, pupils, strict=True):
            if pupil is None or pupil not in seen:
                self.numbers.append(number)
            if pupil is not None:
                seen.add(pupil)
        self.numbers += [""] * given.unnamed

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the numbers, in batches of `size`."""
        for at in range(0, len(self.numbers), size):
            batch = self.numbers[at : at + size]
            yield Identifiers(len(batch), JOINT.join(batch))


def look_ahead(given: Given, *, at: datetime) -> ExtractDecision:
    """Decide on what was given as `record_given` would, and store nothing."""
    loaded = load(given.agreement, given.purpose, given.on)
    with transaction.atomic():
        return decide(_People(given, loaded.items), loaded, seen_for(given.on, at))


def organisation_of(given: Given) -> str:
    """Return the name of the organisation that the record would be about, empty if it is unknown."""
    version = load(given.agreement, given.purpose, given.on).version
    recipient = version.recipient if version else _recipient(given.recipient)
    return recipient.name if recipient else ""


def record_given(given: Given, *, at: datetime) -> Disclosure:
    """Record what was given, with the decision for its day; out of line opens an incident.

    A form that is sent twice is recorded once: the second time the first record is returned.
    """
    number = next_disclosure_id()
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, given.by.pk)
        if recorded := _recorded(given.submission):
            return recorded
        locks.share(locks.Area.POLICY)
        locks.share(locks.Area.ROLL)
        lock_agreement(given.agreement)
        loaded = load(given.agreement, given.purpose, given.on)
        lines = Lines(number, sent=True)
        people = _People(given, loaded.items)
        with deciding(loaded, people.columns) as decider:
            decider.read(people)
            for segment in decider.segments(seen_for(given.on, at)):
                with lines.copying():
                    for batch in segment:
                        lines.add(batch)
        decision = decider.decision()
        columns = decision_columns(decision)
        if decision.rows is None:
            lines.add_undecided(_references(people))
            people_given = len(people.numbers)
            columns |= {
                "rows_total": people_given,
                "rows_released": 0,
                "rows_reduced": 0,
                "rows_withheld": people_given,
            }
        version = loaded.version
        out_of_line = decision.outcome is not rules.Outcome.RELEASED
        disclosure = log_disclosure(
            number=number,
            agreement=given.agreement,
            version=version,
            recipient=None if version else _recipient(given.recipient),
            purpose=given.purpose,
            lines=lines.tree,
            at=at,
            by=given.by,
            item_sets=[sorted(given.items)],
            request_reference=given.reference,
            requested_on=given.requested_on,
            origin=Disclosure.Origin.AFTER_THE_FACT,
            means=given.means,
            out_of_line=out_of_line,
            note=given.note,
            schools=sorted(decision.schools),
            destroy_by=destroy_by(version, given.on) if version else given.destroy_by,
            submission=given.submission,
            **columns,
        )
        if out_of_line:
            record("incident-opened", at=at, by=given.by, disclosure=number)
            Incident.objects.create(disclosure=disclosure, opened_at=at, by=given.by)
    return disclosure


def _references(people: _People) -> list[str | None]:
    pupils = look_up(people.numbers)(len(people.numbers))
    return [reference if pupil else None for pupil, reference, *_ in pupils]


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
    """Record what was received, to be kept as long as the agreement says, once however often it is
    sent. Raises NotNowError for a purpose or an item that the agreement does not cover."""
    check_received(received)
    version = received.version
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, received.by.pk)
        if recorded := _recorded(received.submission):
            return recorded
        return log_disclosure(
            number=next_disclosure_id(),
            agreement=version.agreement.reference,
            version=version,
            purpose=received.purpose,
            lines=Frontier(),
            on=received.on,
            at=at,
            by=received.by,
            outcome=rules.Outcome.RELEASED,
            item_sets=[sorted(received.items)] if received.items else [],
            request_reference=received.reference,
            origin=Disclosure.Origin.RECEIVED,
            direction=Disclosure.Direction.RECEIVED,
            means=received.means,
            note=received.note,
            destroy_by=destroy_by(version, received.on),
            submission=received.submission,
        )


def check_received(received: Received) -> None:
    """Raise NotNowError for a purpose or an item that the agreement does not cover."""
    version = received.version
    purposes = set(version.purposes.values_list("purpose__code", flat=True))
    items = set(version.items.values_list("item__code", flat=True))
    if received.purpose not in purposes:
        raise NotNowError("The agreement does not cover this purpose.")
    if set(received.items) - items:
        raise NotNowError("The agreement does not cover all of this information.")
