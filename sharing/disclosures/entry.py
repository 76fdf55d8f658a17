"""A disclosure or refusal is logged: its row and the log entry made from it (L1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from notices.models import Item, Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.accounts.holding import check_still_active
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.merkle import Frontier
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.terms.current import number as number_of
from sharing import rules
from sharing.deciding.deciding import ExtractDecision
from sharing.disclosures.sample_rules import FIRST_ONE_IN, Why, reasons_to_look
from sharing.models import AgreementVersion, Disclosure, Override, SampledDisclosure


def log_disclosure(
    *,
    number: int,
    agreement: str,
    version: AgreementVersion | None,
    purpose: str,
    lines: Frontier,
    recipient: Recipient | None = None,
    override: Override | None = None,
    **columns: Any,
) -> Disclosure:
    """Store a disclosure or refusal, append its entry to the log, and return it.

    Belongs last in the transaction of what it records. `number` is its id, `agreement` the reference
    that was asked for and `version` the version decided under, `purpose` a code, `lines` the tree
    over its stored lines; `recipient` got it where there is no version, and `override`, not stored yet, says
    why it went against opt-outs. `columns` are the other columns of the row. Raises NotNowError where who did it (`by`) was deactivated meanwhile.
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
        one_in=number_of("sample_one_in"),
        **columns,
    )
    disclosure.special_category = shared_special_categories(disclosure)
    texts = {"texts": texts_of(disclosure)}
    if override is not None:
        texts["override"] = texts_of(override)
    disclosure.entry = append([{**disclosure_body(disclosure, lines.size), **texts}])
    disclosure.save(force_insert=True)
    if override is not None:
        override.disclosure = disclosure
        override.save(force_insert=True)
    leaf = bytes(Entry.objects.values_list("leaf", flat=True).get(seq=disclosure.entry))
    if reasons := sample_of(disclosure, leaf):
        SampledDisclosure.objects.create(disclosure=disclosure, reasons=reasons)
    return disclosure


def sample_of(disclosure: Disclosure, leaf: bytes) -> list[Why]:
    """Return why a disclosure whose log entry has this hash is in the sample; nothing where it is not."""
    return reasons_to_look(
        leaf,
        one_in=disclosure.one_in,
        special=disclosure.special_category,
        overridden=disclosure.overridden,
        out_of_line=disclosure.out_of_line,
    )


def shared_special_categories(disclosure: Disclosure) -> bool:
    """Return whether special categories are among what was shared or received; at most 1 query."""
    codes = {code for codes in disclosure.item_sets for code in codes}
    refused = disclosure.outcome == rules.Outcome.REFUSED and not disclosure.out_of_line
    if refused or not codes:
        return False
    return Item.objects.filter(code__in=codes, special_category=True).exists()


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
_DEFAULTS: Mapping[str, str | int | None] = {
    "origin": Disclosure.Origin.RELEASE,
    "direction": Disclosure.Direction.SENT,
    "means": Disclosure.Means.DOWNLOAD,
    "requested_on": None,
    "destroy_by": None,
    "file_sha256": "",
    "one_in": FIRST_ONE_IN,
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
    if disclosure.special_category:
        more["special_category"] = "yes"
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
