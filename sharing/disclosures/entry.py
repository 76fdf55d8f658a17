"""The log entry of a disclosure or refusal, made from its row (L1)."""

from collections.abc import Mapping
from datetime import date

from privacy_portal.ground import days
from privacy_portal.ground.log.appending import Body, body
from sharing import rules
from sharing.models import AgreementVersion, Disclosure


def destroy_by(version: AgreementVersion | None, on: date) -> date | None:
    """R1 The day by which the recipient must destroy what it gets on the day; None for never."""
    if version is None or version.retention_months is None:
        return None
    return days.months_later(on, version.retention_months)


_USUAL: Mapping[str, str | None] = {
    "origin": Disclosure.Origin.RELEASE,
    "direction": Disclosure.Direction.SENT,
    "means": Disclosure.Means.DOWNLOAD,
    "requested_on": None,
    "destroy_by": None,
    "file_sha256": "",
}


def disclosure_body(disclosure: Disclosure, lines: int) -> Body:
    """The log entry of a disclosure or refusal, from its row and the number of its lines.

    Names no person and no heading of the file. `log verify` makes it again and compares.
    """
    version = disclosure.agreement_version
    # What an entry had not before there was such a thing it does not have without one.
    more = {
        name: str(getattr(disclosure, name))
        for name, usual in _USUAL.items()
        if getattr(disclosure, name) != usual
    }
    if disclosure.out_of_line:
        more["out_of_line"] = "yes"
    if disclosure.overridden:
        more["overridden"] = "yes"
    if disclosure.schools:
        more["schools"] = ",".join(disclosure.schools)
    # What was given and recorded afterwards went, even if the rules refuse it.
    stayed = disclosure.outcome == rules.Outcome.REFUSED and not disclosure.out_of_line
    return body(
        "refusal" if stayed else "disclosure",
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
