"""A disclosure or refusal is logged: its row and the log entry made from it (L1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from notices.models import Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.accounts.holding import check_still_active
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.merkle import Frontier
from sharing import rules
from sharing.deciding.deciding import ExtractDecision
from sharing.models import AgreementVersion, Disclosure


def log_disclosure(
    *,
    number: int,
    agreement: str,
    version: AgreementVersion | None,
    purpose: str,
    lines: Frontier,
    recipient: Recipient | None = None,
    **columns: Any,
) -> Disclosure:
    """Store a disclosure or refusal, append its entry to the log, and return it.

    Belongs last in the transaction of what it records. `number` is its id, `agreement` the reference
    that was asked for and `version` the version decided under, `purpose` a code, `lines` the tree
    over its stored lines; `recipient` got it where there is no version. `columns` are the other
    columns of the row. Raises NotNowError where who did it (`by`) was deactivated meanwhile.
    """
    if columns.get("by") is not None:
        check_still_active(columns["by"])
    disclosure = Disclosure(
        id=number,
        agreement_reference=version.agreement.reference if version else agreement[:50],
        agreement_version=version,
        recipient=version.recipient if version else recipient,
        purpose=Purpose.objects.filter(code=purpose).first(),
        lines_root=lines.root(),
        **columns,
    )
    disclosure.entry = append([disclosure_body(disclosure, lines.size)])
    disclosure.save(force_insert=True)
    return disclosure


def decision_columns(decision: ExtractDecision) -> dict[str, Any]:
    """Return the columns of a disclosure that come from the decision on its extract."""
    summary, counts = decision.summary(), decision.rows
    return {
        "on": decision.policy.on,
        "notice": summary["notice"] or "",
        "outcome": decision.outcome,
        "reasons": summary["reasons"],
        "columns": summary["columns"],
        "rows_total": counts.total if counts else None,
        "rows_released": counts.released if counts else None,
        "rows_reduced": counts.reduced if counts else None,
        "rows_withheld": counts.withheld if counts else None,
    }


def destroy_by(version: AgreementVersion | None, on: date) -> date | None:
    """Return the day by which the recipient must destroy what it gets on `on` (R1); None for never."""
    if version is None or version.retention_months is None:
        return None
    return days.months_later(on, version.retention_months)


# Newer fields are written only when they differ from their default, so old entries still verify.
_DEFAULTS: Mapping[str, str | None] = {
    "origin": Disclosure.Origin.RELEASE,
    "direction": Disclosure.Direction.SENT,
    "means": Disclosure.Means.DOWNLOAD,
    "requested_on": None,
    "destroy_by": None,
    "file_sha256": "",
}


def disclosure_body(disclosure: Disclosure, lines: int) -> Body:
    """Make the log entry of a disclosure or refusal from its row and the number of its lines.

    It names no person and no heading of the file. `log verify` makes it again and compares.
    """
    version = disclosure.agreement_version
    more: dict[str, object] = {
        name: str(getattr(disclosure, name))
        for name, default in _DEFAULTS.items()
        if getattr(disclosure, name) != default
    }
    if disclosure.out_of_line:
        more["out_of_line"] = "yes"
    if disclosure.overridden:
        more["overridden"] = "yes"
    if disclosure.request_decision:
        more["request"] = disclosure.request_decision.request_id
        more["request_decision"] = disclosure.request_decision.pk
    if disclosure.schools:
        more["schools"] = ",".join(disclosure.schools)
    if disclosure.reveals:
        more["reveals"] = ",".join(map(str, disclosure.reveals))
    # What was recorded after the fact is a disclosure even if the rules refuse it.
    refused = disclosure.outcome == rules.Outcome.REFUSED and not disclosure.out_of_line
    return body(
        "refusal" if refused else "disclosure",
        at=disclosure.at,
        by=disclosure.by,
        disclosure=disclosure.pk,
        agreement=disclosure.agreement_reference,
        agreement_version=version.number if version else None,
        recipient=disclosure.recipient.code if disclosure.recipient else None,
        purpose=disclosure.purpose.code if disclosure.purpose else None,
        on=disclosure.on.isoformat(),
        notice=disclosure.notice or None,
        outcome=str(disclosure.outcome),
        reasons=list(disclosure.reasons),
        item_sets=disclosure.item_sets,
        approved_by=str(disclosure.approved_by.reference) if disclosure.approved_by else None,
        rows={
            "total": disclosure.rows_total,
            "released": disclosure.rows_released,
            "reduced": disclosure.rows_reduced,
            "withheld": disclosure.rows_withheld,
        },
        lines=lines,
        lines_root=bytes(disclosure.lines_root).hex(),
        **more,
    )
