"""Log entries of amendments and their steps (L1), made from their rows."""

from collections.abc import Mapping
from datetime import datetime

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.models import Agreement, Amendment, AmendmentStep

DUE = "amendment-due"
STEPS = [f"amendment-{kind}" for kind in AmendmentStep.Kind.values]


def log_due(agreement: Agreement, purpose_id: int, *, by: User | None, at: datetime) -> Amendment:
    """Store that an amendment is due, and its entry; belongs last in the transaction."""
    amendment = Amendment.objects.create(
        agreement=agreement, purpose_id=purpose_id, found_at=at, by=by
    )
    append([_due(amendment)])
    return amendment


def log_step(
    amendment: Amendment,
    kind: AmendmentStep.Kind,
    *,
    by: User | None = None,
    at: datetime,
    note: str = "",
) -> AmendmentStep:
    """Store a step of an amendment, and its entry; belongs last in the transaction."""
    step = AmendmentStep.objects.create(amendment=amendment, kind=kind, at=at, by=by, note=note)
    append([_step(step)])
    return step


def _due(amendment: Amendment) -> Body:
    return body(
        DUE,
        at=amendment.found_at,
        by=amendment.by,
        amendment=amendment.pk,
        agreement=amendment.agreement.reference,
        purpose=amendment.purpose.code,
    )


def _step(step: AmendmentStep) -> Body:
    return body(
        f"amendment-{step.kind}",
        at=step.at,
        by=step.by,
        amendment=step.amendment_id,
        step=step.pk,
    )


class AmendmentCheck:
    """Checks the entries about amendments, and counts them, so that rows without one are seen."""

    def __init__(self) -> None:
        self.entries = 0

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return dict.fromkeys([DUE, *STEPS], self._check)

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for."""
        rows = Amendment.objects.count() + AmendmentStep.objects.count()
        if self.entries != rows:
            raise LogBrokenError(
                None, f"{rows} amendments and steps are stored but {self.entries} have an entry"
            )

    def _check(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.entries += 1
        expected = _due_of(entry) if entry["event"] == DUE else _step_of(entry)
        if expected is None:
            return "the amendment, or the step of one, that it vouches for is missing"
        return None if expected == entry else "its amendment differs from what was logged"


def _due_of(entry: Mapping[str, object]) -> Body | None:
    rows = Amendment.objects.select_related("agreement", "purpose", "by")
    due = rows.filter(pk=str(entry["amendment"])).first()
    return _due(due) if due else None


def _step_of(entry: Mapping[str, object]) -> Body | None:
    step = AmendmentStep.objects.select_related("by").filter(pk=str(entry["step"])).first()
    return _step(step) if step else None
