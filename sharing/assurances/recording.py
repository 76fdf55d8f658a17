"""Record and withdraw the assurance of an organisation, and check it before an agreement is signed (Q3)."""

import hashlib
from datetime import date, datetime

from django.db import transaction

from notices.models import Recipient
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record as log
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.texts import texts_of
from sharing.assurances.queries import review_of
from sharing.models import Assurance, AssuranceWithdrawal


class AssuranceEndedError(NotNowError):
    """The assurance of the organisation has ended, so that no agreement with it is signed."""


def record(
    recipient: Recipient,
    *,
    kind: str,
    name: str,
    reference: str,
    issuer: str,
    ends: date,
    by: User | None,
    at: datetime,
) -> Assurance:
    """Record a registration or a certificate, logged. Raise NotNowError if just this one stands already."""
    with transaction.atomic():
        locks.take_one(locks.Row.ASSURANCE, recipient.pk)
        values = {
            "kind": kind, "name": name, "reference": reference, "issuer": issuer, "ends": ends,
        }  # fmt: skip
        for row in review_of(recipient.pk, ends).current:
            if all(getattr(row, field) == value for field, value in values.items()):
                raise NotNowError("This is already recorded.")
        row = Assurance.objects.create(recipient=recipient, by=by, at=at, **values)
        log("assurance-recorded", at=at, by=by, **logged(row))
    return row


def withdraw(assurance_id: int, *, why: str, reason: str, by: User, at: datetime) -> None:
    """Record that an assurance was a mistake or is not relied on any more, logged. Raise NotNowError if it
    was withdrawn before."""
    row = Assurance.objects.select_related("recipient").get(pk=assurance_id)
    with transaction.atomic():
        locks.take_one(locks.Row.ASSURANCE, row.recipient_id)
        if AssuranceWithdrawal.objects.filter(assurance=row).exists():
            raise NotNowError("This has been withdrawn already.")
        withdrawal = AssuranceWithdrawal.objects.create(
            assurance=row, why=why, reason=reason, by=by, at=at
        )
        about = {**logged(row), "why": why, "texts": texts_of(withdrawal)}
        log("assurance-withdrawn", at=at, by=by, **about)


def check_can_sign(recipient: Recipient, *, on: date) -> None:
    """Raise AssuranceEndedError, saying what has ended, unless an agreement can be signed. Called in the
    transaction of the signing: nothing of the organisation is recorded until that ends."""
    locks.take_one(locks.Row.ASSURANCE, recipient.pk)
    review = review_of(recipient.pk, on)
    if review.stops_signing:
        raise AssuranceEndedError(
            f"You cannot sign an agreement with {recipient.name}. {' '.join(review.sentences)} "
            "Record its renewal first."
        )


def logged(row: Assurance) -> dict[str, object]:
    """Return what an entry of the log says of an assurance: its number, and the SHA-256 of its words."""
    words = {name: getattr(row, name) for name in ("kind", "name", "reference", "issuer")}
    return {
        "recipient": row.recipient.code,
        "assurance": row.pk,
        "kind": row.kind,
        "ends": row.ends.isoformat(),
        "words": hashlib.sha256(canonical(words)).hexdigest(),
    }
