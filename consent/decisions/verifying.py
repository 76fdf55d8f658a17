"""What the log vouches for about people's choices (L5)."""

from collections.abc import Mapping

from django.db.models import CharField, F, Q
from django.db.models.functions import Cast

from consent.decisions.recording import decision_facts, invalidation_facts
from consent.models import (
    ABOUT,
    Acknowledgement,
    Decision,
    Invalidation,
    Meeting,
    Ruling,
    RulingTold,
    Scan,
    Verification,
)
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Instant, Kind, each


def _decision(row: Decision) -> Mapping[str, object]:
    return {**decision_facts(row), "received": Instant(row.received_at)}


def _verification(row: Verification) -> Body:
    return body(
        "decision-verified",
        at=row.at,
        by=None,
        decision=row.decision_id,
        person=str(row.decision.pupil.reference),
    )


def _meeting(row: Meeting) -> Body:
    return body(
        "opt-in-meeting",
        at=row.at,
        by=row.by,
        decision=row.decision_id,
        person=str(row.decision.pupil.reference),
    )


def _ruling(row: Ruling) -> Body:
    return body(f"objection-{row.kind}", at=row.at, by=row.by, decision=row.decision_id)


def _told(row: RulingTold) -> Body:
    return body("objection-told", at=row.at, by=row.by, decision=row.ruling.decision_id)


def _acknowledgement(row: Acknowledgement) -> Mapping[str, object]:
    return {
        "by": str(row.by.reference),
        "decision": row.decision_id,
        "invalid": row.invalid,
    }


def _scan(row: Scan) -> Mapping[str, object]:
    return {"decision": row.decision_id}


def _decision_columns() -> Mapping[str, object]:
    """Say what `decision_facts` says, as the database does."""
    return {
        "decision": F("pk"),
        "person": Cast("pupil__reference", CharField()),
        "scheme": F("scheme__code"),
        "recipient": F("recipient__code"),
        "purpose": F("purpose__code"),
        "choice": F("choice"),
        "decided_by": F("by"),
        "channel": F("channel"),
        "imported": Q(import_key__isnull=False),
        "received": F("received_at"),
    }


KINDS = (
    Kind(
        events=("decision-recorded",),
        name="decision",
        rows=lambda: Decision.objects.select_related("pupil", *ABOUT),
        key="decision",
        field="pk",
        facts=each(_decision),
        columns=_decision_columns,
    ),
    Kind(
        events=("decision-recorded",),
        name="scan",
        rows=lambda: Scan.objects.all(),
        key="decision",
        field="decision_id",
        facts=each(_scan),
        texts="scan",
        only="scan",
    ),
    Kind(
        events=("decision-acknowledged",),
        name="acknowledgement of a school",
        rows=lambda: Acknowledgement.objects.select_related("by"),
        key="decision",
        field="decision_id",
        facts=each(_acknowledgement),
    ),
    Kind(
        events=("decision-invalid",),
        name="invalidation",
        rows=lambda: Invalidation.objects.select_related("decision__pupil"),
        key="decision",
        field="decision_id",
        facts=each(invalidation_facts),
    ),
    Kind(
        events=("decision-verified",),
        name="verification",
        rows=lambda: Verification.objects.select_related("decision__pupil"),
        key="decision",
        field="decision_id",
        facts=each(_verification),
        whole=True,
    ),
    Kind(
        events=("opt-in-meeting",),
        name="meeting",
        rows=lambda: Meeting.objects.select_related("decision__pupil", "by"),
        key="decision",
        field="decision_id",
        facts=each(_meeting),
        whole=True,
    ),
    Kind(
        events=tuple(f"objection-{kind}" for kind in Ruling.Kind.values),
        name="ruling",
        rows=lambda: Ruling.objects.select_related("by"),
        key="decision",
        field="decision_id",
        facts=each(_ruling),
        whole=True,
    ),
    Kind(
        events=("objection-told",),
        name="note that the person was told",
        rows=lambda: RulingTold.objects.select_related("ruling", "by"),
        key="decision",
        field="ruling__decision_id",
        facts=each(_told),
        whole=True,
    ),
)
