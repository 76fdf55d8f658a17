"""Whether files may leave: not while a control that failed stands (K3), nor while the log is not as it
was signed (L3).

A stop begins with a control that failed. It ends when two officers have said, after a later control that
held, that files may leave again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from privacy_portal.ground.log.checkpoints import refusal
from sharing.control_rules import Outcome
from sharing.errors import HandOversStoppedError, LogChangedError
from sharing.models import ControlResult, ResumptionAnswer


@dataclass(frozen=True, slots=True)
class Stop:
    """Why no file may leave: the results of the controls that failed, oldest first."""

    failures: Sequence[ControlResult]


def failures() -> QuerySet[ControlResult]:
    """Return the results that stop hand-overs now, oldest first; 1 query.

    `sharing_hand_overs_stopped()` in the database answers the same.
    """
    agreed = ResumptionAnswer.objects.filter(agrees=True).order_by()
    resumed = agreed.values("agrees").annotate(last=Max("resumption__run")).values("last")
    return ControlResult.objects.filter(
        outcome=Outcome.FAILED, run__gt=Coalesce(resumed, 0)
    ).order_by("pk")


def stop() -> Stop | None:
    """Return why hand-overs are stopped; None while files may leave; 1 query."""
    related = ("run", "scheme__recipient", "agreement_version__agreement", "purpose")
    results = list(failures().select_related(*related))
    return Stop(results) if results else None


def check_not_stopped() -> None:
    """Raise HandOversStoppedError, or LogChangedError, while no file may leave; 1 query."""
    if failures().exists():
        raise HandOversStoppedError
    if refusal():
        raise LogChangedError
