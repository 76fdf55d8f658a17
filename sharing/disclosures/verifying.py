"""Verify the log, and that disclosures, notices and decisions of people are what its entries say (`log
verify`, L5)."""

from collections.abc import Callable, Mapping
from typing import Any

from consent.decisions.verifying import DecisionsCheck
from consent.protection.verifying import ProtectionCheck
from notices.verifying import check_published
from privacy_portal.ground.log.verifying import LogBrokenError, Verified, verify
from sharing.agreements.verifying import SigningCheck
from sharing.assurances.verifying import AssuranceCheck
from sharing.cover_sheets.verifying import CoverSheetCheck
from sharing.disclosures.amendment_entries import AmendmentCheck
from sharing.disclosures.entry import disclosure_body
from sharing.disclosures.lines import stored_tree
from sharing.disclosures.request_entries import RequestChecks
from sharing.models import Disclosure
from sharing.policy.verifying import PolicyCheck
from sharing.stops.verifying import ControlCheck


def verify_log(progress: Callable[[int], None]) -> Verified:
    """Verify every entry and, for disclosures, signings, assurance, decisions of people, cover sheets,
    amendments, requests for data, protection of pupils, the nightly control and changes to the
    policy, their rows.

    Raises LogBrokenError at the first fault.
    """
    verified_disclosures = 0

    def check(seq: int, entry: Mapping[str, object]) -> str | None:
        nonlocal verified_disclosures
        if entry["disclosure"] is None:
            return None
        verified_disclosures += 1
        return _check_disclosure(seq, entry)

    checks = {"disclosure": check, "refusal": check, "notice-published": check_published}
    others = (
        AssuranceCheck(), SigningCheck(), DecisionsCheck(), CoverSheetCheck(), AmendmentCheck(),
        RequestChecks(), ProtectionCheck(), ControlCheck(), PolicyCheck(),
    )  # fmt: skip
    for other in others:
        checks |= other.checks()
    verified = verify(checks, progress=progress)
    if verified_disclosures != (stored := Disclosure.objects.count()):
        message = f"{stored} disclosures are stored but {verified_disclosures} have an entry"
        raise LogBrokenError(None, message)
    for other in others:
        other.finish()
    return verified


def _check_disclosure(seq: int, entry: Mapping[str, Any]) -> str | None:
    disclosure = (
        Disclosure.objects.select_related(
            "agreement_version", "recipient", "purpose", "by", "approved_by", "request_decision"
        )
        .filter(pk=entry["disclosure"])
        .first()
    )
    if disclosure is None or disclosure.entry != seq:
        return "the disclosure it vouches for is missing"
    tree = stored_tree(disclosure)
    if tree.size != entry["lines"] or tree.root().hex() != entry["lines_root"]:
        return "the lines of its disclosure are not those that were logged"
    expected = disclosure_body(disclosure, tree.size)
    keys = entry.keys() | expected.keys()
    if differing := sorted(key for key in keys if expected.get(key) != entry.get(key)):
        return f"its disclosure differs from what was logged in {', '.join(differing)}"
    return None
