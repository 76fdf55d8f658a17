"""Organisations are asked to acknowledge an amendment, reminded, and officers told (H6)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from notices.queries import signature
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.amendments import covering, queries
from sharing.amendments.acknowledging import new_link
from sharing.disclosures.amendment_entries import log_step
from sharing.models import Amendment, AmendmentStep, Release

Kind = AmendmentStep.Kind


def ask(*, at: datetime) -> int:
    """Email the link for each amendment whose file has left and that has none yet; return how many.

    Recalls that the file covers count as sent from then. Where the agreement has no address, officers
    ask in another way.
    """
    left = Release.objects.filter(
        amendment__isnull=False, state=Release.State.HANDED_OVER, left_bytes__gt=0,
        disclosure__undone=None,
    )  # fmt: skip
    new = queries.waiting().filter(Q(asked=False), pk__in=left.values("amendment"))
    asked = 0
    for number in new.values_list("pk", flat=True):
        with transaction.atomic():
            if _send(number, Kind.ASKED, by=None, at=at):
                asked += 1
    return asked


def ask_again(number: int, *, by: User, at: datetime) -> None:
    """Email a new link, as an officer asks. Raises NotNowError."""
    with transaction.atomic():
        if not _send(number, Kind.REMINDED, by=by, at=at):
            raise NotNowError(
                "The link cannot be sent: the agreement has no email address of a contact, or the "
                "organisation has already confirmed the changes."
            )


def _send(number: int, kind: AmendmentStep.Kind, *, by: User | None, at: datetime) -> bool:
    """Email a link to the organisation; return False where it is not waited for or cannot be written to."""
    locks.take_one(locks.Row.AMENDMENT, number)
    amendment = queries.waiting().filter(pk=number).first()
    if amendment is None or (kind is Kind.ASKED and amendment.asked):
        return False
    if kind is Kind.ASKED:
        covering.send_recalls(amendment, at=at)
    to = queries.contact_of(amendment)
    if to:
        write([_letter(amendment, kind, to, at)], at=at)
    elif kind is Kind.REMINDED:
        return False
    note = f"By email to {to}" if to else "The agreement has no email address of a contact"
    log_step(amendment, kind, by=by, at=at, note=note)
    return True


def _letter(amendment: Amendment, kind: AmendmentStep.Kind, to: str, at: datetime) -> Letter:
    release = queries.release_of(amendment)
    assert release is not None  # it is waited for
    return Letter(
        key=f"amendment/{amendment.pk}/{kind}/{amendment.links.count()}",
        to=to,
        template="sharing/amendment-sent",
        context=signature()
        | {
            "amendment": amendment,
            "disclosure": release.disclosure,
            "again": kind is Kind.REMINDED,
            "days": settings.AMENDMENT_LINK_DAYS,
            "link": new_link(amendment, at=at),
        },
    )


def remind(*, at: datetime) -> int:
    """Remind organisations after 7 and 14 days, then tell officers once; return how many were chased."""
    chased = 0
    for amendment in queries.waiting().filter(Q(asked=True)):
        assert amendment.sent_at is not None  # it is waited for
        late = at - amendment.sent_at
        reminded = amendment.steps.filter(kind=Kind.REMINDED, by=None).count()
        waits = settings.AMENDMENT_REMIND_DAYS
        with transaction.atomic():
            if reminded < len(waits) and late >= timedelta(days=waits[reminded]):
                chased += _send(amendment.pk, Kind.REMINDED, by=None, at=at)
        if late >= timedelta(days=settings.AMENDMENT_RAISE_DAYS):
            chased += _raise(amendment, at=at)
    return chased


def _raise(amendment: Amendment, *, at: datetime) -> bool:
    """Email officers, once, that nobody confirmed an amendment."""
    with transaction.atomic():
        locks.take_one(locks.Row.AMENDMENT, amendment.pk)
        if amendment.steps.filter(kind=Kind.RAISED).exists():
            return False
        context: Mapping[str, object] = {
            "amendment": amendment,
            "organisation": queries.organisation_of(amendment),
            "link": address(reverse("staff-amendment", args=[amendment.pk])),
        }
        write(
            [
                Letter(
                    key=f"amendment/{amendment.pk}/raised/{officer.reference}",
                    to=officer.email,
                    template="sharing/amendment-overdue",
                    context=context,
                )
                for officer in User.objects.officers().filter(is_active=True)
            ],
            at=at,
        )
        log_step(amendment, Kind.RAISED, at=at)
    return True
