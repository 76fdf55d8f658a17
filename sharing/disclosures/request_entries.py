"""Log entries of requests for data and what was decided on them (Q1), and their check (L5).

Each is made from its row. It names people by their random references, and nothing that anybody wrote.
"""

from typing import Any

from django.db import models

from privacy_portal.ground.days import day_of
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import (
    DataRequest,
    DataRequestStep,
    DecisionAnswer,
    RequestDecision,
    RequestDetails,
)

RECEIVED, CHANGED = "request-received", "request-changed"
DECIDED, ANSWERED = "request-decided", "request-decision-answered"
STEPPED = "request-step"


def log_received(request: DataRequest) -> None:
    """Append the entry of a request; belongs last in its transaction, as those below."""
    append([received_body(request)])


def log_changed(details: RequestDetails) -> None:
    """Append the entry of what became known of a request."""
    append([changed_body(details)])


def log_decided(decision: RequestDecision) -> None:
    """Append the entry of a decision on a request."""
    append([decided_body(decision)])


def log_answered(answer: DecisionAnswer) -> None:
    """Append the entry of a second officer's answer."""
    append([answered_body(answer)])


def log_step(step: DataRequestStep) -> None:
    """Append the entry of a step."""
    append([step_body(step)])


def received_body(request: DataRequest) -> Body:
    """Make the entry of a request from its row."""
    return body(RECEIVED, at=request.at, by=request.by, request=request.pk)


def changed_body(details: RequestDetails) -> Body:
    """Make the entry of details from their row."""
    return body(
        CHANGED,
        at=details.at,
        by=details.by,
        request=details.request_id,
        details=details.pk,
        number=details.number,
        part=details.part,
        recipient=details.recipient.code if details.recipient else None,
        purpose=details.purpose.code if details.purpose else None,
        power=details.power or None,
        check=details.asker_check or None,
        items=sorted(details.items),
        people=_people(details.pupils),
        others=details.others,
        urgent=details.urgent,
        received=day_of(details.received_at).isoformat(),
        texts=texts_of(details),
    )


def decided_body(decision: RequestDecision) -> Body:
    """Make the entry of a decision from its row and those of its pupils."""
    return body(
        DECIDED,
        at=decision.at,
        by=decision.by,
        request=decision.request_id,
        decision=decision.pk,
        details=decision.details_id,
        kind=decision.kind,
        items=sorted(decision.items),
        people={
            str(row.pupil.reference): {
                "choice": row.choice,
                "items": sorted(row.items),
                "reason": row.reason or None,
                # Entries from before this was known have no such key.
                **({"elsewhere": sorted(row.elsewhere)} if row.elsewhere else {}),
            }
            for row in decision.pupils.select_related("pupil")
        },
        others=decision.others,
        harmful=decision.harmful,
        override=decision.override_ground or None,
        second_officer=list(decision.second_reasons),
        texts=texts_of(decision),
    )


def answered_body(answer: DecisionAnswer) -> Body:
    """Make the entry of a second officer's answer from its row."""
    return body(
        ANSWERED,
        at=answer.at,
        by=answer.by,
        request=answer.decision.request_id,
        decision=answer.decision_id,
        agrees=answer.agrees,
        texts=texts_of(answer),
    )


def step_body(step: DataRequestStep) -> Body:
    """Make the entry of a step from its row."""
    return body(
        STEPPED,
        at=step.at,
        by=step.by,
        request=step.request_id,
        step=step.pk,
        kind=step.kind,
        on=step.on.isoformat(),
        points=list(step.points),
        texts=texts_of(step),
    )


def _people(pupils: "models.Manager[Any]") -> list[str]:
    references = pupils.values_list("pupil__reference", flat=True)
    return sorted(str(reference) for reference in references)


KINDS = (
    Kind(
        events=(RECEIVED,),
        name="request for data",
        rows=lambda: DataRequest.objects.select_related("by"),
        key="request",
        field="pk",
        facts=each(received_body),
        whole=True,
    ),
    Kind(
        events=(CHANGED,),
        name="change of a request for data",
        rows=lambda: RequestDetails.objects.select_related("by", "recipient", "purpose"),
        key="details",
        field="pk",
        facts=each(changed_body),
        whole=True,
    ),
    Kind(
        events=(DECIDED,),
        name="decision on a request for data",
        rows=lambda: RequestDecision.objects.select_related("by"),
        key="decision",
        field="pk",
        facts=each(decided_body),
        whole=True,
    ),
    Kind(
        events=(ANSWERED,),
        name="answer about a decision on a request for data",
        rows=lambda: DecisionAnswer.objects.select_related("by", "decision"),
        key="decision",
        field="decision_id",
        facts=each(answered_body),
        whole=True,
    ),
    Kind(
        events=(STEPPED,),
        name="step of a request for data",
        rows=lambda: DataRequestStep.objects.select_related("by"),
        key="step",
        field="pk",
        facts=each(step_body),
        whole=True,
    ),
)
