"""Why a row of an extract is not released in full: the rule, the clause, the notice, the decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.decisions import histories
from consent.decisions.objecting import objections_about
from consent.models import Decision, Pupil
from consent.queries import pupils_by_upn
from consent.rules import seen_about
from notices.models import Recipient
from sharing.agreements.rules import Section
from sharing.models import AgreementVersion, Finding, Release
from sharing.rules import Reason

# The part of the agreement that a reason rests on; most rest on the roll, or on what people decided.
CLAUSES = {Reason.OUTSIDE_SCHOOLS: Section.ITEMS}


@dataclass(frozen=True, slots=True)
class RowReason:
    """What a row's outcome rests on. `decisions` are those of people, where an opt-out or objection
    made it so."""

    reason: Reason
    version: AgreementVersion | None
    clause: Section | None
    notice: str
    pupil: Pupil | None
    decisions: Sequence[Decision]


def of_row(release: Release, finding: Finding) -> RowReason:
    """Explain why a row is not released in full; the decisions are those that counted at the check."""
    reason = Reason(finding.reason)
    version = release.agreement_version
    pupil = pupils_by_upn([finding.upn]).get(finding.upn)
    decisions: list[Decision] = []
    if pupil is not None and version is not None:
        decisions = _decisions(pupil, version.recipient, reason, release)
    notice = str(release.decision.get("notice") or "")
    return RowReason(reason, version, CLAUSES.get(reason), notice, pupil, decisions)


def _decisions(
    pupil: Pupil, recipient: Recipient, reason: Reason, release: Release
) -> list[Decision]:
    seen = seen_about(release.checked_at)
    if reason is Reason.OPTED_OUT:
        return [
            decision
            for history in histories.histories(pupil, at=seen)
            if history.scheme.recipient_id == recipient.pk
            for decision in history.deciding
        ]
    if reason is Reason.OBJECTED:
        return [
            objection
            for objection in objections_about(pupil)
            if objection.recipient_id == recipient.pk
            and objection.purpose is not None
            and objection.purpose.code == release.purpose
            and objection.received_at <= seen.opt_outs_until
        ]
    return []
