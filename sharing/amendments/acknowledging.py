"""A recipient acknowledges an amendment by a link, without an account, once (H6)."""

from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.codes import hash_of, new_token
from privacy_portal.ground.days import days_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.writing import address
from sharing.amendments import covering, queries
from sharing.amendments.errors import LinkGoneError, LinkUsedError
from sharing.disclosures.amendment_entries import log_step
from sharing.models import Amendment, AmendmentLink, AmendmentStep

Kind = AmendmentStep.Kind
_SIGNER = "sharing.amendments"


def new_link(amendment: Amendment, *, at: datetime) -> str:
    """Make a link that acknowledges an amendment, and return its full address. Earlier links stay."""
    token = new_token()
    AmendmentLink.objects.create(
        amendment=amendment,
        token_hash=hash_of(token),
        made_at=at,
        expires_at=days_later(at, settings.AMENDMENT_LINK_DAYS),
    )
    signed = Signer(salt=_SIGNER).sign(token)
    return address(reverse("amendment-acknowledge", args=[signed]))


def linked(signed: str, *, at: datetime) -> Amendment:
    """Return the amendment of a link, and change nothing; 3 queries.

    Raises LinkGoneError for a link that is wrong or has expired, LinkUsedError once it is acknowledged.
    """
    try:
        token = Signer(salt=_SIGNER).unsign(signed)
    except BadSignature as error:
        raise LinkGoneError from error
    link = AmendmentLink.objects.filter(token_hash=hash_of(token)).first()
    if link is None:
        raise LinkGoneError
    amendment = queries.amendments().get(pk=link.amendment_id)
    if amendment.ended == Kind.ACKNOWLEDGED:
        raise LinkUsedError(amendment.ended_at)
    if link.expires_at <= at or amendment.sent_entry is None:
        raise LinkGoneError
    return amendment


def acknowledge(signed: str, *, who: str, at: datetime) -> Amendment:
    """Record, logged, that the organisation has made the changes. Raises LinkGoneError and, also for the
    second of two that are sent at once, LinkUsedError."""
    amendment = linked(signed, at=at)
    with transaction.atomic():
        locks.take_one(locks.Row.AMENDMENT, amendment.pk)
        amendment = linked(signed, at=at)
        note = f"By the link in our email: {who}" if who else "By the link in our email"
        _record(amendment, note=note, by=None, at=at)
    return amendment


def check_can_record(amendment: Amendment) -> None:
    """Raise NotNowError unless an acknowledgement can be recorded (read with `amendments`)."""
    if amendment.ended:
        raise NotNowError("The organisation has already confirmed the changes.")
    if amendment.sent_entry is None:
        raise NotNowError("Send the file first.")


def record_by_hand(number: int, *, note: str, by: User, at: datetime) -> None:
    """Record, logged, that the organisation confirmed the changes in another way. Raises NotNowError."""
    with transaction.atomic():
        locks.take_one(locks.Row.AMENDMENT, number)
        amendment = queries.amendments().get(pk=number)
        check_can_record(amendment)
        _record(amendment, note=note, by=by, at=at)


def _record(amendment: Amendment, *, note: str, by: User | None, at: datetime) -> None:
    """Store the step and, as it says that everything is deleted, confirm the recalls it covers."""
    covering.confirm_recalls(amendment, by=by, at=at)
    log_step(amendment, Kind.ACKNOWLEDGED, by=by, at=at, note=note)
