"""What the log vouches for about disclosures, and what was done about them afterwards (L5)."""

from collections.abc import Iterable, Sequence
from typing import Any

from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.vouching import Instant, Kind, each
from sharing.disclosures.entry import disclosure_body, sample_of, shared_special_categories
from sharing.disclosures.lines import stored_trees
from sharing.disclosures.sample_rules import Why
from sharing.models import (
    Disclosure,
    Incident,
    IncidentStep,
    KeepingStep,
    ListAnswer,
    ListRequest,
    Override,
    OverrideStep,
    Recall,
    RecallStep,
    Restriction,
    RowPermission,
    Undone,
)


def _disclosures(rows: Sequence[Disclosure]) -> Iterable[Body]:
    """Make the entries of disclosures from their rows and lines; 2 queries."""
    trees = stored_trees([row.pk for row in rows])
    numbers = Entry.objects.filter(seq__among=[row.entry for row in rows])
    leaves = {seq: bytes(leaf) for seq, leaf in numbers.values_list("seq", "leaf")}
    for row in rows:
        tree = trees[row.pk]
        entry: dict[str, Any] = dict(disclosure_body(row, tree.size))
        sample = _sampled(row, leaves.get(row.entry))
        if tree.root() != bytes(row.lines_root):
            entry["lines_root"] = f"{tree.root().hex()}, by the lines that are stored"
        if sample is not None:
            entry["sample"] = sample
        yield entry


def _sampled(row: Disclosure, leaf: bytes | None) -> str | None:
    """Return a sentence where a disclosure is stored as in the sample, or not, otherwise than the hash of its
    entry says; None where it is right.

    Of what was logged before there was a sample, the entry does not say whether special categories were
    shared: there the information itself says so.
    """
    reasons = row.sampled.reasons if hasattr(row, "sampled") else []
    if Why.SPECIAL in reasons and shared_special_categories(row):
        row.special_category = True
    if leaf is not None and list(reasons) == sample_of(row, leaf):
        return None
    return "not what its hash says"


def _keeping(row: KeepingStep) -> Body:
    deleted = row.kind == KeepingStep.Kind.DESTROYED
    return body(
        "destruction-confirmed" if deleted else "destruction-reminded",
        at=row.at,
        by=row.by,
        disclosure=row.disclosure_id,
        **({"certificate": row.sha256 or None} if deleted else {}),
    )


def _recall(row: Recall) -> Body:
    return {
        "recall": row.pk,
        "disclosure": row.disclosure_id,
        "decision": row.decision_id,
        "at": Instant(row.found_at),
    }


def _recorded_override(row: Override) -> Body:
    return {"disclosure": row.disclosure_id, "overridden": "yes"}


def _override(row: OverrideStep) -> Body:
    disclosure = row.override.disclosure_id
    return body(f"override-{row.kind}", at=row.at, by=row.by, disclosure=disclosure)


def _restriction(row: Restriction) -> Body:
    return body(
        "disclosure-restricted",
        at=row.at,
        by=row.by,
        disclosure=row.disclosure_id,
        until=row.until.isoformat(),
    )


def _undone(row: Undone) -> Body:
    return body("hand-over-undone", at=row.at, by=None, disclosure=row.disclosure_id)


def _incident(row: Incident) -> Body:
    return body("incident-opened", at=row.opened_at, by=row.by, disclosure=row.disclosure_id)


def _incident_step(row: IncidentStep) -> Body:
    return body(f"incident-{row.kind}", at=row.at, by=row.by, incident=row.incident_id)


def _recall_step(row: RecallStep) -> Body:
    return body(
        f"recall-{row.kind}", at=row.at, by=row.by, recall=row.recall_id, on=row.on.isoformat()
    )


def _row_permission(row: RowPermission) -> Body:
    return body(
        "row-permitted",
        at=row.at,
        by=row.by,
        release=str(row.release_id),
        person=str(row.pupil.reference),
        with_locating=row.with_locating,
    )


def _list_request(row: ListRequest) -> Body:
    person = str(row.pupil.reference)
    return body("list-requested", at=row.at, by=row.by, person=person, request=row.pk)


def _list_answer(row: ListAnswer) -> Body:
    return body(
        "list-agreed" if row.agrees else "list-refused",
        at=row.at,
        by=row.by,
        person=str(row.request.pupil.reference),
        request=row.request_id,
    )


KINDS = (
    Kind(
        events=("disclosure", "refusal"),
        name="disclosure",
        rows=lambda: Disclosure.objects.select_related(
            "agreement_version",
            "recipient",
            "purpose",
            "by",
            "approved_by",
            "request_decision",
            "sampled",
        ),
        key="disclosure",
        field="pk",
        facts=_disclosures,
        whole=True,
        entry="entry",
    ),
    Kind(
        events=("disclosure", "refusal"),
        name="override",
        rows=lambda: Override.objects.all(),
        key="disclosure",
        field="disclosure_id",
        facts=each(_recorded_override),
        texts="override",
        only="override",
    ),
    Kind(
        events=("disclosure-late",),
        name="recall",
        rows=lambda: Recall.objects.all(),
        key="recall",
        field="pk",
        facts=each(_recall),
        # One entry for each record of the child that was in the file.
        repeats=True,
    ),
    Kind(
        events=("destruction-reminded", "destruction-confirmed"),
        name="step of a deletion",
        rows=lambda: KeepingStep.objects.select_related("by"),
        key="disclosure",
        field="disclosure_id",
        facts=each(_keeping),
        whole=True,
    ),
    Kind(
        events=tuple(f"override-{kind}" for kind in OverrideStep.Kind.values),
        name="step of an override",
        rows=lambda: OverrideStep.objects.select_related("override", "by"),
        key="disclosure",
        field="override__disclosure_id",
        facts=each(_override),
        whole=True,
    ),
    Kind(
        events=("disclosure-restricted",),
        name="restriction",
        rows=lambda: Restriction.objects.select_related("by"),
        key="disclosure",
        field="disclosure_id",
        facts=each(_restriction),
        whole=True,
    ),
    Kind(
        events=("hand-over-undone",),
        name="undone hand-over",
        rows=lambda: Undone.objects.all(),
        key="disclosure",
        field="disclosure_id",
        facts=each(_undone),
        whole=True,
    ),
    Kind(
        events=("incident-opened",),
        name="incident",
        rows=lambda: Incident.objects.select_related("by"),
        key="disclosure",
        field="disclosure_id",
        facts=each(_incident),
        whole=True,
    ),
    Kind(
        events=tuple(f"incident-{kind}" for kind in IncidentStep.Kind.values),
        name="step of an incident",
        rows=lambda: IncidentStep.objects.select_related("by"),
        key="incident",
        field="incident_id",
        facts=each(_incident_step),
        whole=True,
    ),
    Kind(
        events=tuple(f"recall-{kind}" for kind in RecallStep.Kind.values),
        name="step of a recall",
        rows=lambda: RecallStep.objects.select_related("by"),
        key="recall",
        field="recall_id",
        facts=each(_recall_step),
        whole=True,
    ),
    Kind(
        events=("row-permitted",),
        name="permission for a row",
        rows=lambda: RowPermission.objects.select_related("pupil", "by"),
        key="release",
        field="release_id",
        facts=each(_row_permission),
        whole=True,
    ),
    Kind(
        events=("list-requested",),
        name="request for a list",
        rows=lambda: ListRequest.objects.select_related("pupil", "by"),
        key="request",
        field="pk",
        facts=each(_list_request),
        whole=True,
    ),
    Kind(
        events=("list-agreed", "list-refused"),
        name="answer about a list",
        rows=lambda: ListAnswer.objects.select_related("request__pupil", "by"),
        key="request",
        field="request_id",
        facts=each(_list_answer),
        whole=True,
    ),
)
