"""The public register of a year as CSV. Its headings never change: programs read them."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from privacy_portal.ground import days
from privacy_portal.ground.files.formulas import neutralised
from sharing.models import PublishedCount
from sharing.register import presenters
from sharing.register.agreement_columns import COLUMNS
from sharing.register.rules import OptOuts

# Ours first, then those of the UK register of information sharing agreements, as it names them.
OURS = (
    "month", "recipient", "files", "pupils", "pupils_limited_by_choice", "opt_outs_applied",
    "opt_outs_reason", "privacy_notices", "published_on", "log_entry",
)  # fmt: skip
THEIRS = (
    "id", "agreement_name", "powers", "controllers", "processors", "purpose", "benefits",
    "disclosed_information", "method", "contact", "start_date", "end_date", "review_date",
    "retention_period", "isa_status",
)  # fmt: skip
BETWEEN = " | "


def write_year(out: Any, counts: Iterable[PublishedCount]) -> None:
    """Write headings and rows to a file or response."""
    writer = csv.writer(out)
    writer.writerow((*OURS, *THEIRS))
    for count in counts:
        writer.writerow([neutralised(cell) for cell in _cells(count)])


def _cells(count: PublishedCount) -> Iterator[str]:
    nothing = presenters.NOT_SHOWN if presenters.says_all(count) else presenters.NOT_RECORDED
    columns = _their_columns(count, nothing)
    applied, reason = _opt_outs(count, nothing)
    yield str(count.month)
    yield presenters.organisation_name(count)
    yield presenters.NOT_SHOWN if count.files is None else str(count.files)
    yield presenters.FEWER if count.pupils is None else str(count.pupils)
    yield nothing if count.limited is None else str(count.limited)
    yield applied
    yield reason
    yield BETWEEN.join(count.notices) or nothing
    yield days.day_of(count.month.at).isoformat()
    yield "" if count.month.entry is None else str(count.month.entry)
    for name in THEIRS:
        yield columns[name]


def _their_columns(count: PublishedCount, nothing: str) -> dict[str, str]:
    """Return THEIRS; where a row rests on several agreements, their values in the same order."""
    agreements = {
        name: BETWEEN.join(agreement[name] for agreement in count.agreements) for name in COLUMNS
    }
    return agreements | {
        "purpose": presenters.purpose_label(count),
        "disclosed_information": BETWEEN.join(count.items) or nothing,
        "method": BETWEEN.join(count.means) or nothing,
    }


def _opt_outs(count: PublishedCount, nothing: str) -> tuple[str, str]:
    """Return whether opt-outs were applied (yes, partly, no), and why not where they were not."""
    if not count.opt_outs:
        return nothing, ""
    others = [code for code in count.opt_outs if code != OptOuts.APPLIED]
    if not others:
        return "yes", ""
    applied = "partly" if OptOuts.APPLIED in count.opt_outs else "no"
    return applied, BETWEEN.join(presenters.OPT_OUT_WORDS[OptOuts(code)] for code in others)
