"""What recipients must destroy: reminders, confirmations with their certificate, what is overdue
(R1)."""

import hashlib
from contextlib import ExitStack
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files import private_files as kept_files
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, write
from sharing.models import Disclosure, KeepingStep
from sharing.rules import Outcome

Kind = KeepingStep.Kind
FOLDER = "certificates"
SOON_DAYS = 14
AGAIN_DAYS = 30


def outstanding() -> QuerySet[Disclosure]:
    """What was given and is still to be destroyed: first what has no day because nobody agreed on
    one, then the earliest day; 1 query."""
    day = Q(destroy_by__isnull=False)
    nothing_agreed = Q(destroy_by__isnull=True, agreement_version=None, out_of_line=True)
    destroyed = KeepingStep.objects.filter(disclosure=OuterRef("pk"), kind=Kind.DESTROYED)
    return (
        Disclosure.objects.filter(~Exists(destroyed), day | nothing_agreed, undone=None)
        .exclude(outcome=Outcome.REFUSED, out_of_line=False)
        .select_related("recipient", "purpose", "agreement_version__agreement", "by")
        .order_by(F("destroy_by").asc(nulls_first=True), "pk")
    )


def undated() -> QuerySet[Disclosure]:
    """What was given and nobody agreed on a day by which it must be destroyed; 1 query."""
    return outstanding().filter(destroy_by__isnull=True)


def overdue(on: date) -> QuerySet[Disclosure]:
    """What should have been destroyed before the day, oldest first; 1 query."""
    return outstanding().filter(destroy_by__lt=on)


def is_overdue(disclosure: Disclosure, on: date) -> bool:
    """Whether its day is over, for one that is not known to be destroyed."""
    return disclosure.destroy_by is not None and disclosure.destroy_by < on


def remind(*, at: datetime) -> int:
    """Writes to recipients 14 days before data must be destroyed, and every 30 days once it
    should have been; returns how many mails are new. Each is a step of the disclosure."""
    today = day_of(at)
    sent = 0
    for each in outstanding().filter(destroy_by__lte=today + timedelta(days=SOON_DAYS)):
        version = each.agreement_version
        if version is None or not version.contact_email or each.destroy_by is None:
            continue
        if each.direction == Disclosure.Direction.RECEIVED:
            continue  # the council itself holds it
        late = (today - each.destroy_by).days
        when = "soon" if late <= 0 else f"overdue/{late // AGAIN_DAYS}"
        letter = Letter(
            key=f"destroy/{each.pk}/{when}",
            to=version.contact_email,
            template="sharing/destroy-due",
            context={"disclosure": each, "version": version, "overdue": late > 0, **signature()},
        )
        with transaction.atomic():
            if not write([letter], at=at):
                continue
            note = f"By email to {version.contact_email}"
            KeepingStep.objects.create(
                disclosure=each, kind=Kind.REMINDED, on=today, at=at, note=note
            )
            log.record("destruction-reminded", at=at, by=None, disclosure=each.pk)
            sent += 1
    return sent


def destroyed(
    disclosure: Disclosure,
    *,
    on: date,
    note: str,
    certificate: bytes | None,
    by: User,
    at: datetime,
) -> KeepingStep:
    """Records that the data is destroyed, with the certificate (a PDF) if there is one. Raises
    NotNowError where it is recorded already."""
    with ExitStack() as stack:
        file = None
        if certificate is not None:
            file = stack.enter_context(kept_files.stored(FOLDER, certificate))
        try:
            with transaction.atomic():
                made = KeepingStep.objects.create(
                    disclosure=disclosure,
                    kind=Kind.DESTROYED,
                    on=on,
                    at=at,
                    by=by,
                    note=note,
                    file=file,
                    sha256=hashlib.sha256(certificate).hexdigest() if certificate else "",
                )
                log.record(
                    "destruction-confirmed",
                    at=at,
                    by=by,
                    disclosure=disclosure.pk,
                    certificate=made.sha256 or None,
                )
        except IntegrityError as error:
            raise NotNowError("It is recorded already that this is destroyed.") from error
    return made


def certificate_of(step: KeepingStep) -> bytes:
    """The certificate. Raises FileNotFoundError, or ChangedFileError if it is another one now."""
    if step.file is None:
        raise FileNotFoundError
    return kept_files.content_of(FOLDER, step.file, step.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Deletes kept files a day old that belong to no step: their process died; how many."""
    return kept_files.forget_orphans(
        FOLDER, at=at, kept=lambda name: KeepingStep.objects.filter(file=name).exists()
    )
