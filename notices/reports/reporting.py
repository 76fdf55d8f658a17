"""Receive corrections and complaints, acknowledge them straight away, and reply in time.

A step of an officer locks the report, so that two officers see each other's.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from notices import queries
from notices.models import Outcome, Report, ReportStep, StepKind
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.codes import new_reference
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.limits.counting import attempt, mailbox
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.queries import has_gone, was_sent
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.terms import current as terms


@dataclass(frozen=True, slots=True)
class ReportAnswers:
    """Hold the answers of a person. `born` and `school` help to find the record; both may be missing."""

    kind: str
    concerns: str
    person: str
    born: date | None
    school: str
    what: str
    wanted: str
    name: str
    email: str
    phone: str


def receive(answers: ReportAnswers, *, submission: UUID, at: datetime) -> Report:
    """Store a report and, in the same transaction, the email that acknowledges it.

    One address gets so many such emails a day (`RECEIPTS_A_DAY`); for more reports only the page
    tells the reference, and staff see that no email was sent. Sent a second time, even at the same
    moment, it is the report of the first time.
    """
    with transaction.atomic():
        facts = {"reference": new_reference(), "received_at": at, "due_on": _due_on(at)}
        report, new = Report.objects.get_or_create(
            submission=submission, defaults={**asdict(answers), **facts}
        )
        if not new:
            return report
        if attempt(
            "report-receipt-to",
            mailbox(answers.email),
            most=settings.RECEIPTS_A_DAY,
            within=timedelta(days=1),
            at=at,
        ):
            write([_letter(report, "received", key="receipt")], at=at)
        log.record("report-received", at=at, by=None, report=report.reference, kind=report.kind)
    return report


class Receipt(StrEnum):
    """Name the states of the email that acknowledges a report."""

    SENT = "sent"
    WAITS = "waits"
    NOT_MAILED = "not-mailed"


def receipt_of(report: Report, *, at: datetime) -> Receipt:
    """Return the state of the receipt, as far as emails are still stored; at most 2 queries."""
    key = _key(report, "received", "receipt")
    if not has_gone(key):
        return Receipt.WAITS
    recent = report.received_at > at - timedelta(days=terms.number("mail_keep_days"))
    return Receipt.NOT_MAILED if recent and not was_sent(key) else Receipt.SENT


def opened(report: Report, *, by: User, at: datetime) -> None:
    """Log that a member of staff looked at a report (L1)."""
    with transaction.atomic():
        log.record("report-opened", at=at, by=by, report=report.reference)


def check_can_act(report: Report) -> None:
    """Raise NotNowError if the report (read `with_state`) is answered."""
    if report.last_turn == StepKind.ANSWERED:
        raise NotNowError("This case is closed. Reopen it if there is more to do.")


def check_can_reopen(report: Report) -> None:
    """Raise NotNowError unless the report (read `with_state`) is answered."""
    if report.last_turn != StepKind.ANSWERED:
        raise NotNowError("This case is still open.")


def take(reference: str, *, by: User, at: datetime) -> None:
    """Make the officer the owner; reminders go to them from now. Raises NotNowError."""
    with transaction.atomic():
        report = _locked(reference)
        check_can_act(report)
        _step(report, StepKind.TAKEN, by=by, at=at)


def note(reference: str, *, text: str, by: User, at: datetime) -> None:
    """Add a note for officers; the person does not see it."""
    with transaction.atomic():
        _step(_locked(reference), StepKind.NOTE, text=text, by=by, at=at)


def tell_progress(reference: str, *, text: str, by: User, at: datetime) -> None:
    """Email the person an update. Raises NotNowError if the report is answered."""
    with transaction.atomic():
        report = _locked(reference)
        check_can_act(report)
        _step(report, StepKind.TOLD, text=text, by=by, at=at, letter="told")


def answer(reference: str, *, outcome: Outcome, text: str, by: User, at: datetime) -> None:
    """Close the report with a reply that goes to the person by email. Raises NotNowError."""
    with transaction.atomic():
        report = _locked(reference)
        check_can_act(report)
        _step(
            report, StepKind.ANSWERED, text=text, outcome=outcome, by=by, at=at, letter="answered"
        )


def reopen(reference: str, *, text: str, by: User, at: datetime) -> None:
    """Open the report again, with a new due date. Raises NotNowError unless it is answered."""
    with transaction.atomic():
        report = _locked(reference)
        check_can_reopen(report)
        report.due_on = _due_on(at)
        report.save(update_fields=["due_on"])
        _step(report, StepKind.REOPENED, text=text, by=by, at=at)


def remind(*, at: datetime) -> int:
    """Email officers about reports that are due soon, and once more when overdue.

    The owner gets them; while there is no owner, all officers do. Returns how many are new.
    """
    today = day_of(at)
    soon = today + timedelta(days=settings.REPORT_REMIND_DAYS)
    officers = {officer.pk: officer for officer in User.objects.officers().filter(is_active=True)}
    letters = []
    for report in Report.objects.open().filter(due_on__lte=soon).order_by("due_on", "pk"):
        when = "overdue" if report.due_on < today else "soon"
        taken_by = officers.get(report.taken_by_id) if report.taken_by_id else None
        letters += [
            Letter(
                key=f"report-due/{report.reference}/{report.due_on}/{when}/{officer.reference}",
                to=officer.email,
                template="notices/report-due",
                context={
                    "report": report,
                    "overdue": when == "overdue",
                    "taken": taken_by,
                    "link": address(reverse("staff-report", args=[report.reference])),
                },
            )
            for officer in ([taken_by] if taken_by else officers.values())
        ]
    with transaction.atomic():
        return write(letters, at=at)


def erase_old(*, at: datetime) -> int:
    """Erase reports answered longer ago than they are kept; the log keeps the reference."""
    before = at - timedelta(days=365 * terms.number("report_keep_years"))
    with transaction.atomic():
        old = list(Report.objects.answered().filter(Q(last_turn_at__lt=before)))
        if old:
            Report.objects.filter(pk__in=[report.pk for report in old]).delete()
            log.append(
                log.body("report-erased", at=at, by=None, report=report.reference) for report in old
            )
    return len(old)


def _due_on(at: datetime) -> date:
    return day_of(days_later(at, terms.number("report_days")))


def _locked(reference: str) -> Report:
    Report.objects.select_for_update().get(reference=reference)
    report: Report = Report.objects.with_state().get(reference=reference)
    return report


def _step(
    report: Report,
    kind: StepKind,
    *,
    by: User,
    at: datetime,
    text: str = "",
    outcome: str = "",
    letter: str = "",
) -> None:
    """Add a step, write the email that tells the person, and last the log entry."""
    step = ReportStep.objects.create(
        report=report, kind=kind, at=at, by=by, text=text, outcome=outcome
    )
    if letter:
        write([_letter(report, letter, key=str(step.pk), text=text, outcome=outcome)], at=at)
    log.record(f"report-{kind}", at=at, by=by, report=report.reference, outcome=outcome)


def _key(report: Report, what: str, key: str) -> str:
    return f"report-{what}/{report.reference}/{key}"


def _letter(report: Report, what: str, *, key: str, text: str = "", outcome: str = "") -> Letter:
    return Letter(
        key=_key(report, what, key),
        to=report.email,
        template=f"notices/report-{what}",
        context={
            "report": report,
            "text": text,
            "outcome": outcome,
            **queries.signature(),
        },
    )
