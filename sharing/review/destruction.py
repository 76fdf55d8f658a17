"""Deletion of shared data (R1): what is to be deleted, reminders, confirmations and certificates."""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, months_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files import private_files
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, write
from sharing.models import Disclosure, DueDeletion, DueDeletionCount, KeepingStep

Kind = KeepingStep.Kind
FOLDER = "certificates"
SOON_DAYS = 14
AGAIN_DAYS = 30
# One statement, so that nobody sees a row both alone and in a sum, or in neither.
_SUM_UP = """
WITH several AS (
    SELECT destroy_by AS day FROM sharing_duedeletioncount
    GROUP BY destroy_by HAVING count(*) > 1 OR sum(number) = 0
), gone AS (
    DELETE FROM sharing_duedeletioncount USING several WHERE destroy_by IS NOT DISTINCT FROM day
    RETURNING destroy_by, number
), sums AS (
    INSERT INTO sharing_duedeletioncount (destroy_by, number)
    SELECT destroy_by, sum(number) FROM gone GROUP BY destroy_by HAVING sum(number) <> 0
    RETURNING number
)
SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM sums)
"""


def due() -> QuerySet[DueDeletion]:
    """Return what is still to be deleted, by disclosure: first what has no day because nobody agreed on one,
    then the earliest day; 1 query. The list is kept by the database, so it is quickly counted."""
    return DueDeletion.objects.order_by(F("destroy_by").asc(nulls_first=True), "disclosure_id")


@dataclass(frozen=True, slots=True)
class DueNumber:
    """How many disclosures are to be deleted by a day of the month that begins on `month`, or have no day where
    it is None, and how many of them should have been by now."""

    month: date | None
    number: int
    overdue: int


def due_by_month(on: date) -> list[DueNumber]:
    """Count what is to be deleted, by month, and what of it should have been deleted before the day; 1 query,
    which reads what the database counted, not the list."""
    late = Q(destroy_by__lt=on)
    months = (
        DueDeletionCount.objects.annotate(month=TruncMonth("destroy_by"))
        .order_by()
        .values_list("month")
        .annotate(all=Sum("number"), late=Sum("number", filter=late, default=0))
        .filter(all__gt=0)
    )
    return [DueNumber(*each) for each in months]


def sum_up_counts() -> int:
    """Make one row of what the database counted for each day; return how many rows are gone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SUM_UP)
        (gone,) = cursor.fetchone()
    return int(gone)


def due_undated() -> QuerySet[DueDeletion]:
    """Return what is to be deleted without an agreed day; 1 query."""
    return due().filter(destroy_by__isnull=True)


def due_before(on: date) -> QuerySet[DueDeletion]:
    """Return what should have been deleted before the day, oldest first; 1 query."""
    return due().filter(destroy_by__lt=on)


def due_from(on: date) -> QuerySet[DueDeletion]:
    """Return what is to be deleted by the day or a later one; 1 query."""
    return due().filter(destroy_by__gte=on)


def due_in(month: date) -> QuerySet[DueDeletion]:
    """Return what is to be deleted by a day of the month that begins on `month`; 1 query."""
    return due().filter(destroy_by__gte=month, destroy_by__lt=months_later(month, 1))


def outstanding() -> QuerySet[Disclosure]:
    """Return the disclosures that are still to be deleted, in the same order; 1 query."""
    return (
        Disclosure.objects.filter(due_deletion__isnull=False)
        .select_related(
            "recipient",
            "purpose",
            "agreement_version__agreement",
            "by",
            "request_decision__details__recipient",
        )
        .order_by(F("due_deletion__destroy_by").asc(nulls_first=True), "pk")
    )


def is_overdue(disclosure: Disclosure, on: date) -> bool:
    """Return whether the day of a disclosure that is not deleted is over."""
    return disclosure.destroy_by is not None and disclosure.destroy_by < on


def remind(*, at: datetime) -> int:
    """Email organisations 14 days before data must be deleted, and every 30 days when overdue. Each
    email is a step of the disclosure. Return the number of new emails."""
    today = day_of(at)
    sent, context = 0, signature()
    for disclosure in outstanding().filter(
        due_deletion__destroy_by__lte=today + timedelta(days=SOON_DAYS)
    ):
        version = disclosure.agreement_version
        if version is None or not version.contact_email or disclosure.destroy_by is None:
            continue
        if disclosure.direction == Disclosure.Direction.RECEIVED:
            continue  # the council itself holds it
        late = (today - disclosure.destroy_by).days
        when = "soon" if late <= 0 else f"overdue/{late // AGAIN_DAYS}"
        letter = Letter(
            key=f"destroy/{disclosure.pk}/{when}",
            to=version.contact_email,
            template="sharing/destroy-due",
            context=context | {"disclosure": disclosure, "version": version, "overdue": late > 0},
        )
        with transaction.atomic():
            if not write([letter], at=at):
                continue
            note = f"By email to {version.contact_email}"
            step = KeepingStep.objects.create(
                disclosure=disclosure, kind=Kind.REMINDED, on=today, at=at, note=note
            )
            about = {"disclosure": disclosure.pk, "texts": texts_of(step)}
            record("destruction-reminded", at=at, by=None, **about)
            sent += 1
    return sent


def record_deletion(
    disclosure: Disclosure,
    *,
    on: date,
    note: str,
    certificate: bytes | None,
    by: User,
    at: datetime,
) -> KeepingStep:
    """Record that the data is deleted, with the certificate (a PDF) if there is one. Raise NotNowError
    if it is already recorded."""
    with ExitStack() as stack:
        file = None
        if certificate is not None:
            file = stack.enter_context(private_files.stored(FOLDER, certificate))
        try:
            with transaction.atomic():
                step = KeepingStep.objects.create(
                    disclosure=disclosure,
                    kind=Kind.DESTROYED,
                    on=on,
                    at=at,
                    by=by,
                    note=note,
                    file=file,
                    sha256=hashlib.sha256(certificate).hexdigest() if certificate else "",
                )
                details = {
                    "disclosure": disclosure.pk,
                    "certificate": step.sha256 or None,
                    "texts": texts_of(step),
                }
                record("destruction-confirmed", at=at, by=by, **details)
        except IntegrityError as error:
            raise NotNowError("Deletion is already recorded.") from error
    return step


def certificate_of(step: KeepingStep) -> bytes:
    """Return the certificate. Raise FileNotFoundError, or ChangedFileError if its content changed."""
    if step.file is None:
        raise FileNotFoundError
    return private_files.content_of(FOLDER, step.file, step.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Delete stored files a day old that belong to no step, left by a process that died; return how
    many."""
    return private_files.forget_orphans(
        FOLDER, at=at, is_known=lambda name: KeepingStep.objects.filter(file=name).exists()
    )
