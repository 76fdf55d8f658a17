"""Log entries of months that the public register published (L1), made from their rows: each has the
fingerprint of all that the month says. `log verify` compares both ways (L5)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256

from django.db.models import CharField, Func, Value

from privacy_portal.ground import days
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import PublishedCount, PublishedMonth

PUBLISHED = "register-month-published"


def month_document(month: date, at: datetime, counts: Iterable[PublishedCount]) -> bytes:
    """Return all that a month says, as canonical JSON: what its fingerprint is over. The rows stand in
    the order of the codes of organisation and purpose, which are null where it has none."""
    rows = sorted(
        map(_row, counts), key=lambda row: (_key(row, "organisation"), _key(row, "purpose"))
    )
    return canonical(
        {"month": f"{month:%Y-%m}", "published_on": days.day_of(at).isoformat(), "rows": rows}
    )


def _key(row: Mapping[str, object], name: str) -> str:
    return str(row[f"{name}_code"] or "")


def _row(count: PublishedCount) -> dict[str, object]:
    return {
        "organisation_code": count.recipient.code if count.recipient else None,
        "organisation": count.organisation,
        "purpose_code": count.purpose.code if count.purpose else None,
        "purpose": count.why,
        "files": count.files,
        "pupils": count.pupils,
        "pupils_limited": count.limited,
        "items": list(count.items),
        "notices": list(count.notices),
        "means": list(count.means),
        "opt_outs": list(count.opt_outs),
        "agreements": list(count.agreements),
    }


def fingerprint(document: bytes) -> str:
    """Return the SHA-256 of a month's document, as 64 hexadecimal digits."""
    return sha256(document).hexdigest()


def month_body(month: date, at: datetime, document: bytes) -> Body:
    """Return the log entry of a month that is published at an instant; nobody does it but the clock."""
    name, digest = f"{month:%Y-%m}", fingerprint(document)
    return body(PUBLISHED, at=at, by=None, month=name, sha256=digest)


def counts_of_month(month: PublishedMonth) -> list[PublishedCount]:
    """Load the rows of a published month; 1 query."""
    return list(month.counts.select_related("recipient", "purpose"))


def _month(row: PublishedMonth) -> Body:
    return month_body(row.month, row.at, month_document(row.month, row.at, counts_of_month(row)))


KINDS = (
    Kind(
        events=(PUBLISHED,),
        name="month of the register",
        rows=lambda: PublishedMonth.objects.annotate(
            name=Func("month", Value("YYYY-MM"), function="to_char", output_field=CharField())
        ),
        key="month",
        field="name",
        facts=each(_month),
        whole=True,
        entry="entry",
    ),
)
