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
class PastDisclosure:
    """What was shared with whom without a release: `items` and `upns` say which information of
    which pupils.

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

    def __init__(self, past: PastDisclosure, items: Mapping[str, rules.Item]):
        self.columns = [(code, items.get(code)) for code in past.items]
        numbers = list(dict.fromkeys(upn.normal(number) for number in past.upns))
        pupils = [pupil for pupil, *_ in look_up(numbers)(len(numbers))] if numbers else []
        seen: set[int] = set()
        self.numbers: list[str] = []
        for number, pupil in zip(numbers, pupils, strict=True):
            if pupil is None or pupil not in seen:
                self.numbers.append(number)
            if pupil is not None:
                seen.add(pupil)
        self.numbers += [""] * past.unnamed

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the numbers, in batches of `size`."""
        for at in range(0, len(self.numbers), size):
            batch = self.numbers[at : at + size]
            yield Identifiers(len(batch), JOINT.join(batch))


def decide_ahead(past: PastDisclosure, *, at: datetime) -> ExtractDecision:
    """Decide on what was shared as `record_disclosure` would, and store nothing."""
    loaded = load(past.agreement, past.purpose, past.on)
    with transaction.atomic():
        return decide(_People(past, loaded.items), loaded, seen_for(past.on, at))


def organisation_of(past: PastDisclosure) -> str:
    """Return the name of the organisation that the record would be about, empty if it is unknown."""
    version = load(past.agreement, past.purpose, past.on).version
    recipient = version.recipient if version else _recipient(past.recipient)
    return recipient.name if recipient else ""


def record_disclosure(past: PastDisclosure, *, at: datetime) -> Disclosure:
    """Record what was given, with the decision for its day; out of line opens an incident.

    A form that is sent twice is recorded once: the second time the first record is returned.
    """
    number = next_disclosure_id()
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, past.by.pk)
        if recorded := _recorded(past.submission):
            return recorded
        locks.share(locks.Area.POLICY)
        locks.share(locks.Area.ROLL)
        lock_agreement(past.agreement)
        loaded = load(past.agreement, past.purpose, past.on)
        lines = Lines(number, sent=True)
        people = _People(past, loaded.items)
        with deciding(loaded, people.columns) as decider:
            decider.read(people)
            for segment in decider.segments(seen_for(past.on, at)):
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
            agreement=past.agreement,
            version=version,
            recipient=None if version else _recipient(past.recipient),
            purpose=past.purpose,
            lines=lines.tree,
            at=at,
            by=past.by,
            item_sets=[sorted(past.items)],
            request_reference=past.reference,
            requested_on=past.requested_on,
            origin=Disclosure.Origin.AFTER_THE_FACT,
            means=past.means,
            out_of_line=out_of_line,
            note=past.note,
            schools=sorted(decision.schools),
            destroy_by=destroy_by(version, past.on) if version else past.destroy_by,
            submission=past.submission,
            **columns,
        )
        if out_of_line:
            record("incident-opened", at=at, by=past.by, disclosure=number)
            Incident.objects.create(disclosure=disclosure, opened_at=at, by=past.by)
    return disclosure


def _references(people: _People) -> list[str | None]:
    pupils = look_up(people.numbers)(len(people.numbers))
    return [reference if pupil else None for pupil, reference, *_ in pupils]


def _recorded(submission: UUID | None) -> Disclosure | None:
    return Disclosure.objects.filter(submission=submission).first() if submission else None


def _recipient(code: str) -> Recipient | None:
    return Recipient.objects.filter(code=code).first()


@dataclass(frozen=True, slots=True)
class PastReceipt:
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


def record_receipt(receipt: PastReceipt, *, at: datetime) -> Disclosure:
    """Record what was received, to be kept as long as the agreement says, once however often it is
    sent. Raises NotNowError for a purpose or an item that the agreement does not cover."""
    check_receipt(receipt)
    version = receipt.version
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, receipt.by.pk)
        if recorded := _recorded(receipt.submission):
            return recorded
        return log_disclosure(
            number=next_disclosure_id(),
            agreement=version.agreement.reference,
            version=version,
            purpose=receipt.purpose,
            lines=Frontier(),
            on=receipt.on,
            at=at,
            by=receipt.by,
            outcome=rules.Outcome.RELEASED,
            item_sets=[sorted(receipt.items)] if receipt.items else [],
            request_reference=receipt.reference,
            origin=Disclosure.Origin.RECEIVED,
            direction=Disclosure.Direction.RECEIVED,
            means=receipt.means,
            note=receipt.note,
            destroy_by=destroy_by(version, receipt.on),
            submission=receipt.submission,
        )


def check_receipt(receipt: PastReceipt) -> None:
    """Raise NotNowError for a purpose or an item that the agreement does not cover."""
    version = receipt.version
    purposes = set(version.purposes.values_list("purpose__code", flat=True))
    items = set(version.items.values_list("item__code", flat=True))
    if receipt.purpose not in purposes:
        raise NotNowError("The agreement does not cover this purpose.")
    if set(receipt.items) - items:
        raise NotNowError("The agreement does not cover all of this information.")
