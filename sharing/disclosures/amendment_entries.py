"""Log entries of amendments and their steps (L1), made from their rows."""

from datetime import datetime

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import Agreement, Amendment, AmendmentStep

DUE = "amendment-due"
STEPS = tuple(f"amendment-{kind}" for kind in AmendmentStep.Kind.values)


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
        texts=texts_of(step),
    )


KINDS = (
    Kind(
        events=(DUE,),
        name="amendment",
        rows=lambda: Amendment.objects.select_related("agreement", "purpose", "by"),
        key="amendment",
        field="pk",
        facts=each(_due),
        whole=True,
    ),
    Kind(
        events=STEPS,
        name="step of an amendment",
        rows=lambda: AmendmentStep.objects.select_related("by"),
        key="step",
        field="pk",
        facts=each(_step),
        whole=True,
    ),
)
