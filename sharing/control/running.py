"""Run the nightly control (K3): for each scheme an invented pupil, opted out, in a self-made extract, goes
through the real decision and the real writer, under each agreement that the scheme bears on.

Each control is a hand-over like any other, up to the log entry, in a transaction that is rolled back.
There is no setting that turns it off, none that it reads, and nothing of it that can be prepared.
"""

import csv
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from consent.models import Scheme
from consent.queries import scheme_facts, schemes
from notices.models import Purpose
from notices.models.vocabulary import Audience
from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.log.appending import append
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing import control_rules, rules
from sharing.agreements.in_force import in_force_by_recipient
from sharing.control.inventing import invented_extract, invented_officer
from sharing.control_rules import Outcome, Verdict
from sharing.models import AgreementVersion, ControlResult, ControlRun
from sharing.releases.handing_over import HandOver, rehearse
from sharing.releases.request import Request
from sharing.stops.entries import run_body

logger = logging.getLogger(__name__)
NO_AGREEMENT = "No agreement about pupils is in force, so no file can leave."
# After so long without a control one is run by day.
MISSED = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Case:
    """What is controlled: a scheme, and an agreement in force and a purpose that it bears on."""

    scheme: Scheme
    version: AgreementVersion | None = None
    purpose: str = ""


def run(*, clock: Callable[[], datetime], by: User | None = None) -> ControlRun:
    """Control every scheme, record and log how that ended, and email officers unless all is well.

    A control that failed stops all hand-overs: those under way end first.
    """
    started_at = clock()
    cases = list(_cases(started_at))
    verdicts = [_control(case, clock) for case in cases]
    return _record(cases, verdicts, started_at=started_at, clock=clock, by=by)


def run_if_missed(*, clock: Callable[[], datetime]) -> bool:
    """Run the control where none has run lately, since nothing ran at night; return whether."""
    if ControlRun.objects.filter(at__gt=clock() - MISSED).exists():
        return False
    run(clock=clock)
    return True


def _cases(at: datetime) -> Iterator[Case]:
    """Yield what is to be controlled; a scheme that no agreement in force is under once, without one."""
    in_force = in_force_by_recipient(days.day_of(at))
    for scheme in schemes().order_by("pk"):
        facts = scheme_facts(scheme)
        cases = [
            Case(scheme, version, purpose)
            for version in in_force.get(scheme.recipient_id, [])
            if version.audience == Audience.PUPIL and version.form != rules.Form.AGGREGATE
            for purpose in annotated(version, "purpose_codes", list)
            if facts.applies_to(purpose)
        ]
        yield from cases or [Case(scheme)]


def _control(case: Case, clock: Callable[[], datetime]) -> Verdict:
    """Carry one control through, whatever goes wrong in it."""
    if case.version is None:
        return Verdict(Outcome.REFUSED, why=NO_AGREEMENT)
    try:
        with _undone(), _extract_file() as path:
            return _handed_over(case, case.version, path, clock)
    except Exception as error:
        logger.exception("A control could not be carried through.")
        return Verdict(Outcome.UNFINISHED, why=f"It broke off: {type(error).__name__}.")


@contextmanager
def _undone() -> Iterator[None]:
    """Open a transaction that is rolled back, with policy and pupil records held still; one at a time."""
    with transaction.atomic():
        locks.limit(settings.STALL_SECONDS)
        locks.take_one(locks.Row.CONTROL, 0)
        for area in (locks.Area.HAND_OVERS, locks.Area.POLICY, locks.Area.ROLL):
            locks.share(area)
        yield
        transaction.set_rollback(True)


@contextmanager
def _extract_file() -> Iterator[Path]:
    """Make an empty file among the uploads, where the hourly job deletes what a process that died left."""
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv") as file:
        yield Path(file.name)


def _handed_over(
    case: Case, version: AgreementVersion, path: Path, clock: Callable[[], datetime]
) -> Verdict:
    """Hand over an extract about invented pupils, and judge the file that came of it."""
    at, facts = clock(), scheme_facts(case.scheme)
    officer, second = invented_officer(), invented_officer()
    extract = invented_extract(
        version, case.scheme, facts,
        max_columns=settings.MAX_COLUMNS, by=officer, at=at, on=days.day_of(at),
    )  # fmt: skip
    rows = [*extract.opted_out, *extract.not_opted_out]
    secrets.SystemRandom().shuffle(rows)
    _write(path, [extract.headings, *rows])
    request = Request(path, path.name, version.agreement.reference, case.purpose, officer)
    handover = rehearse(request, clock=clock, approved_by=second)
    if handover.file is None:
        if any(column.permitted for column in handover.decision.columns):
            return Verdict(Outcome.UNFINISHED, why=control_rules.NOT_SEEN)
        return Verdict(Outcome.REFUSED, why=_sentences(handover))
    try:
        return control_rules.judge(extract, _read(handover.file), facts.basic_items)
    finally:
        handover.file.unlink()


def _sentences(handover: HandOver) -> str:
    reasons = (f"{reason}: {reason.sentence}" for reason in handover.decision.reasons)
    return " ".join(reasons)[:300]


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _record(
    cases: Sequence[Case],
    verdicts: Sequence[Verdict],
    *,
    started_at: datetime,
    clock: Callable[[], datetime],
    by: User | None,
) -> ControlRun:
    """Store a run with its results, log it, and email officers unless it held."""
    outcome = control_rules.outcome_of([verdict.outcome for verdict in verdicts])
    with transaction.atomic():
        if outcome is Outcome.FAILED:
            # What is being handed over ends first, and nothing begins from here on.
            locks.take(locks.Area.HAND_OVERS)
        at = clock()
        before = _basic_items_before()
        control = ControlRun.objects.create(
            on=days.day_of(started_at), started_at=started_at, at=at, by=by
        )
        purposes = {purpose.code: purpose for purpose in Purpose.objects.all()}
        results = []
        for case, verdict in zip(cases, verdicts, strict=True):
            basic = sorted(scheme_facts(case.scheme).basic_items)
            results.append(
                ControlResult(
                    run=control,
                    scheme=case.scheme,
                    agreement_version=case.version,
                    purpose=purposes.get(case.purpose),
                    outcome=verdict.outcome,
                    beyond=list(verdict.beyond),
                    basic_items=basic,
                    widened=control_rules.widened(before, case.scheme.code, basic),
                    why=verdict.why,
                )
            )
        ControlResult.objects.bulk_create(results)
        _tell(control, results, outcome)
        # Foreign keys are checked now: at the commit it would hold the log's head, for which a hand-over
        # waits that holds the agreement.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        append([run_body(control, results)])
    return control


def _basic_items_before() -> Mapping[str, Sequence[str]]:
    """Return the basic items of each scheme, by its code, at the last control that it had."""
    last = ControlResult.objects.order_by("scheme_id", "-pk").distinct("scheme_id")
    return dict(last.values_list("scheme__code", "basic_items"))


def _tell(control: ControlRun, results: Sequence[ControlResult], outcome: Outcome) -> None:
    """Email every officer of a control that failed, was not carried through, or sees less than before."""
    widened = [result for result in results if result.widened]
    if outcome not in (Outcome.FAILED, Outcome.UNFINISHED) and not widened:
        return
    template = "control-failed" if outcome is Outcome.FAILED else "control-unfinished"
    if outcome in (Outcome.HELD, Outcome.REFUSED):
        template = "control-widened"
    write(
        (
            Letter(
                key=f"{template}/{control.pk}/{officer.reference}",
                to=officer.email,
                template=f"sharing/{template}",
                context={
                    "control": control,
                    "results": [r for r in results if r.outcome == outcome],
                    "widened": widened,
                    "link": address(reverse("staff-control")),
                },
            )
            for officer in User.objects.officers().filter(is_active=True)
        ),
        at=control.at,
    )
