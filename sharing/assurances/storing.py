"""Registrations and certificates as their part of a policy file: stored, and dumped back."""

from collections.abc import Sequence
from datetime import datetime

from notices.models import Recipient
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.errors import NotNowError
from sharing.assurances import recording
from sharing.assurances.part import AssurancePart
from sharing.assurances.queries import all_reviews, review_of
from sharing.assurances.rules import Why
from sharing.models import Assurance


def dump_assurances(at: datetime) -> list[AssurancePart]:
    """Return what each organisation relies on, in the order of the organisations; 1 query."""
    reviews = all_reviews(day_of(at))
    return [
        part_of(recipient, row)
        for recipient in sorted(reviews, key=lambda each: (each.position, each.code))
        for row in reviews[recipient].current
    ]


def part_of(recipient: Recipient, row: Assurance) -> AssurancePart:
    """Return a row as a file has it."""
    return AssurancePart(
        recipient=recipient.code, kind=row.kind, name=row.name, reference=row.reference,
        issuer=row.issuer, ends=row.ends,
    )  # fmt: skip


def store_assurances(parts: Sequence[AssurancePart], *, at: datetime) -> list[str]:
    """Record what is new in a file. Return a sentence, with its place, for each that ends earlier than the
    one on record: a file of before does not replace a renewal."""
    stored = {part.code: part for part in dump_assurances(at)}
    differences = []
    for index, part in enumerate(parts):
        current = stored.get(part.code)
        if current == part:
            continue
        if current is not None and part.ends < current.ends:
            differences.append(
                f"assurances[{index}].ends: the one on record is valid to {in_words(current.ends)} "
                "(Q3). Withdraw that on its organisation’s page first."
            )
            continue
        record(part, reason="", by=None, at=at)
    return differences


def record(part: AssurancePart, *, reason: str, by: User | None, at: datetime) -> None:
    """Record a registration or certificate, or withdraw the one on record that was a mistake. Raises
    NotNowError if there is none."""
    recipient = Recipient.objects.get(code=part.recipient)
    if not part.mistake:
        values = part.model_dump(exclude={"recipient", "mistake"})
        recording.record(recipient, **values, by=by, at=at)
        return
    rows = review_of(recipient.pk, day_of(at)).current
    row = next((row for row in rows if part_of(recipient, row).code == part.code), None)
    if row is None or by is None:
        raise NotNowError("This has been withdrawn already.")
    recording.withdraw(row.pk, why=Why.MISTAKE, reason=reason[:500], by=by, at=at)
