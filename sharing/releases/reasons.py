"""Why a row of an extract does not go whole: the rule, the clause, the notice, the decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.decisions import histories
from consent.decisions.objecting import objections_about
from consent.models import Decision, Pupil
from consent.queries import pupil_of_upn
from consent.rules import seen_about
from notices.models import Recipient
from sharing.agreements.rules import Section
from sharing.models import AgreementVersion, Finding, Release
from sharing.rules import Reason

# Where in the agreement the clause stands that a reason rests on; none where it rests on the roll.
CLAUSES = {
    Reason.OUTSIDE_SCHOOLS: Section.ITEMS,
    Reason.NOT_IN_AGREEMENT: Section.ITEMS,
    Reason.IDENTIFYING: Section.ITEMS,
    Reason.UNKNOWN_ITEM: Section.ITEMS,
    Reason.ITEM_NOT_IN_NOTICE: Section.ITEMS,
}


@dataclass(frozen=True, slots=True)
class Why:
    """All that stands behind a row's outcome. `decisions` are the people's that made it so, when
    the row is about an opt-out or objection."""

    reason: Reason
    version: AgreementVersion | None
    clause: Section | None
    notice: str
    pupil: Pupil | None
    decisions: Sequence[Decision]


def of_row(release: Release, finding: Finding) -> Why:
    """Why a row was found not to go whole; the decisions are those that counted at the check."""
    reason = Reason(finding.reason)
    version = release.agreement_version
    pupil = pupil_of_upn(finding.upn)
    decisions: list[Decision] = []
    if pupil is not None and version is not None:
        decisions = _decisions(pupil, version.recipient, reason, release)
    return Why(
        reason,
        version,
        CLAUSES.get(reason),
        str(release.decision.get("notice") or ""),
        pupil,
        decisions,
    )


def _decisions(
    pupil: Pupil, recipient: Recipient, reason: Reason, release: Release
) -> list[Decision]:
    seen = seen_about(release.checked_at)
    if reason is Reason.OPTED_OUT:
        found = histories.histories(pupil, at=seen)
        return [
            decision
            for history in found
            if history.scheme.recipient_id == recipient.pk
            for decision in history.deciding
        ]
    if reason is Reason.OBJECTED:
        return [
            each
            for each in objections_about(pupil)
            if each.recipient_id == recipient.pk
            and each.purpose is not None
            and each.purpose.code == release.purpose
            and each.received_at <= seen.no
        ]
    return []
