"""What the log vouches for about merged records of one child (L5)."""

from consent.models import (
    MergeAnswer,
    MergeProposal,
    MergeUndone,
    PupilMerge,
    SameChildAnswer,
    SameChildQuestion,
)
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each


def _proposal(row: MergeProposal) -> Body:
    return body("merge-proposed", at=row.at, by=row.by, **_pair(row))


def _answer(row: MergeAnswer) -> Body:
    event = "merge-agreed" if row.agrees else "merge-refused"
    return body(event, at=row.at, by=row.by, **_pair(row.proposal))


def _pair(proposal: MergeProposal) -> dict[str, object]:
    return {
        "proposal": proposal.pk,
        "person": str(proposal.kept.reference),
        "gone": str(proposal.gone.reference),
    }


def _merge(row: PupilMerge) -> Body:
    return body(
        "pupils-merged",
        at=row.at,
        by=row.by,
        merge=row.pk,
        person=str(row.kept.reference),
        gone=str(row.gone.reference),
        agreed_by=str(row.agreed_by.reference) if row.agreed_by else None,
    )


def _undone(row: MergeUndone) -> Body:
    return body(
        "pupils-parted",
        at=row.at,
        by=row.by,
        merge=row.merge_id,
        person=str(row.merge.kept.reference),
        gone=str(row.merge.gone.reference),
    )


def _same_child(row: SameChildAnswer) -> Body:
    return body(
        "same-child-answered", at=row.at, by=row.by, question=row.question_id, same=row.same
    )


def _question(row: SameChildQuestion) -> Body:
    return body(
        "same-child-asked",
        at=row.at,
        by=row.by,
        question=row.pk,
        person=str(row.new.reference),
        other=str(row.other.reference),
    )


KINDS = (
    Kind(
        events=("same-child-asked",),
        name="question whether two records are of one child",
        rows=lambda: SameChildQuestion.objects.select_related("new", "other", "by"),
        key="question",
        field="pk",
        facts=each(_question),
        whole=True,
    ),
    Kind(
        events=("merge-proposed",),
        name="proposal to merge",
        rows=lambda: MergeProposal.objects.select_related("gone", "kept", "by"),
        key="proposal",
        field="pk",
        facts=each(_proposal),
        whole=True,
    ),
    Kind(
        events=("merge-agreed", "merge-refused"),
        name="answer about a merge",
        rows=lambda: MergeAnswer.objects.select_related("proposal__gone", "proposal__kept", "by"),
        key="proposal",
        field="proposal_id",
        facts=each(_answer),
        whole=True,
    ),
    Kind(
        events=("pupils-merged",),
        name="merge",
        rows=lambda: PupilMerge.objects.select_related("gone", "kept", "by", "agreed_by"),
        key="merge",
        field="pk",
        facts=each(_merge),
    ),
    Kind(
        events=("pupils-parted",),
        name="undoing of a merge",
        rows=lambda: MergeUndone.objects.select_related("merge__gone", "merge__kept", "by"),
        key="merge",
        field="merge_id",
        facts=each(_undone),
    ),
    Kind(
        events=("same-child-answered",),
        name="answer whether two records are of one child",
        rows=lambda: SameChildAnswer.objects.select_related("by"),
        key="question",
        field="question_id",
        facts=each(_same_child),
    ),
)
