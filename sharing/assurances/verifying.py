"""What the log vouches for about registrations and certificates of organisations (L5)."""

from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each
from sharing.assurances.recording import logged
from sharing.models import Assurance, AssuranceWithdrawal


def _assurance(row: Assurance) -> Body:
    return body("assurance-recorded", at=row.at, by=row.by, **logged(row))


def _withdrawal(row: AssuranceWithdrawal) -> Body:
    facts = logged(row.assurance)
    return body("assurance-withdrawn", at=row.at, by=row.by, **facts, why=row.why)


KINDS = (
    Kind(
        events=("assurance-recorded",),
        name="assurance",
        rows=lambda: Assurance.objects.select_related("recipient", "by"),
        key="assurance",
        field="pk",
        facts=each(_assurance),
        whole=True,
    ),
    Kind(
        events=("assurance-withdrawn",),
        name="withdrawal of assurance",
        rows=lambda: AssuranceWithdrawal.objects.select_related("assurance__recipient", "by"),
        key="assurance",
        field="assurance_id",
        facts=each(_withdrawal),
        whole=True,
    ),
)
