"""Two officers let files leave again after a control that failed (K3)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing import control_rules
from sharing.control_rules import Outcome
from sharing.models import ControlRun, Resumption, ResumptionAnswer
from sharing.stops.entries import answer_body, resumption_body
from sharing.stops.stopping import failures


def open_resumption() -> Resumption | None:
    """Return the statement that waits for a second officer; 1 query."""
    return Resumption.objects.filter(answer=None).select_related("by", "run").last()


def run_outcome(run: ControlRun) -> Outcome:
    """Return how a control ended; 1 query where its results are not prefetched."""
    return control_rules.outcome_of([Outcome(result.outcome) for result in run.results.all()])


def check_can_propose() -> None:
    """Raise NotNowError, with the reason, unless hand-overs are stopped and the newest control held; at
    most 4 queries."""
    if not failures().exists():
        raise NotNowError("Files can leave already.")
    if open_resumption() is not None:
        raise NotNowError("An officer has already asked for this. A second officer must answer.")
    if run_outcome(ControlRun.objects.latest("pk")) not in (Outcome.HELD, Outcome.REFUSED):
        raise NotNowError(
            "First find and correct the cause. Then run the control again: it must hold."
        )


def check_can_answer(resumption: Resumption, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may answer; at most 2 queries."""
    if resumption.by_id == user.pk:
        raise NotNowError("You asked for this, so another officer must answer.")
    if ResumptionAnswer.objects.filter(resumption=resumption).exists():
        raise NotNowError("This has already been answered.")


def propose(*, reason: str, by: User, at: datetime) -> Resumption:
    """Say what was wrong and what was done, so that a second officer can let files leave again. Raises
    NotNowError."""
    with transaction.atomic():
        locks.take(locks.Area.HAND_OVERS)
        check_can_propose()
        run = ControlRun.objects.latest("pk")
        resumption = Resumption.objects.create(run=run, reason=reason, at=at, by=by)
        append([resumption_body(resumption)])
    return resumption


def answer(number: int, *, agrees: bool, note: str, by: User, at: datetime) -> None:
    """Answer another officer's statement: agreed to, files may leave from now. Raises NotNowError, also
    where a control has failed since: then somebody has to ask again."""
    with transaction.atomic():
        locks.take(locks.Area.HAND_OVERS)
        resumption = Resumption.objects.select_related("by").get(pk=number)
        check_can_answer(resumption, by)
        if agrees and failures().filter(run__gt=resumption.run_id).exists():
            raise NotNowError("A control has failed since then. Do not agree to this.")
        reply = ResumptionAnswer.objects.create(
            resumption=resumption, agrees=agrees, note=note, at=at, by=by
        )
        if agrees:
            _tell(reply)
        append([answer_body(reply)])


def _tell(reply: ResumptionAnswer) -> None:
    write(
        (
            Letter(
                key=f"control-resumed/{reply.pk}/{officer.reference}",
                to=officer.email,
                template="sharing/control-resumed",
                context={"reply": reply, "link": address(reverse("staff-control"))},
            )
            for officer in User.objects.officers().filter(is_active=True)
        ),
        at=reply.at,
    )
