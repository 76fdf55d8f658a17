"""`log verify`: the log itself, and that disclosures and notices are what entries vouch for (L5)."""

from collections.abc import Callable, Mapping
from typing import Any

from notices.verifying import check_published
from privacy_portal.ground.log.verifying import LogBrokenError, Verified, verify
from sharing.disclosures.entry import disclosure_body
from sharing.disclosures.lines import stored_tree
from sharing.models import Disclosure


def verify_log(progress: Callable[[int], None]) -> Verified:
    """Verifies every entry and, for disclosures, their rows and lines.

    Raises LogBrokenError at the first fault.
    """
    seen = 0

    def check(seq: int, entry: Mapping[str, Any]) -> str | None:
        nonlocal seen
        if entry["disclosure"] is None:
            return None
        seen += 1
        return _check_disclosure(seq, entry)

    checks = {"disclosure": check, "refusal": check, "notice-published": check_published}
    verified = verify(checks, progress=progress)
    if seen != (stored := Disclosure.objects.count()):
        raise LogBrokenError(None, f"{stored} disclosures are stored but {seen} have an entry")
    return verified


def _check_disclosure(seq: int, entry: Mapping[str, Any]) -> str | None:
    disclosure = (
        Disclosure.objects.select_related(
            "agreement_version", "recipient", "purpose", "by", "approved_by"
        )
        .filter(pk=entry["disclosure"])
        .first()
    )
    if disclosure is None or disclosure.entry != seq:
        return "the disclosure it vouches for is missing"
    tree = stored_tree(disclosure)
    if tree.size != entry["lines"] or tree.root().hex() != entry["lines_root"]:
        return "the lines of its disclosure are not those that were logged"
    made_again = disclosure_body(disclosure, tree.size)
    keys = entry.keys() | made_again.keys()
    if differing := sorted(key for key in keys if made_again.get(key) != entry.get(key)):
        return f"its disclosure differs from what was logged in {', '.join(differing)}"
    return None
