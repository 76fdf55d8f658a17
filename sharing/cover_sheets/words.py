"""A cover sheet in words, without queries: the same for the page, the text and the PDF (H5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from privacy_portal.ground.days import in_words
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.ui.environment import count, day, moment
from sharing.cover_sheets.facts import Agreed, Contact, Facts, Requested
from sharing.cover_sheets.proofs import Proof

LEFT_OUT = "Rows in which some information is withheld"
_SOURCES: Mapping[str, str] = {
    "csv": "A CSV file that the council uploaded on {day}.",
    "xlsx": "An Excel workbook that the council uploaded on {day}.",
    "ctf": "A common transfer file (CTF) that the council uploaded on {day}.",
    "paste": "Rows that a council officer pasted into this service on {day}.",
    "roll": "The council’s pupil records, as they were on {day}.",
    "table": "A table of statistics that the council checked on {day}.",
}
CHECKED = (
    "We checked each row against the council’s pupil records, the agreement, the privacy notice and "
    "people’s choices when we released the file."
)
CHECKED_REQUEST = (
    "We checked each row against what we decided on your request, the council’s pupil records and "
    "people’s choices when we released the file."
)
COMPARE = (
    "Work out the SHA-256 of the file as you received it, after any decryption. If it differs, the file "
    "was changed: do not use it, and contact us."
)
_ROW = (
    "Each row is about one pupil in a file that we sent you. “Our log entry” says which file, and “Row in "
    "that file” which row, without the headings and before anyone sorted it."
)
_CHANGED = (
    "“Changed” lists what has a new value, which is in its own column. A blank value means that we no "
    "longer hold one. What is not listed has not changed."
)
_DELETE = (
    "“Delete” lists what to delete from all your systems and copies. “Everything” means all that you have "
    "from us about that pupil under this agreement and purpose."
)
AMENDMENT_COLUMNS = (
    _ROW,
    "The unique pupil number is the one in that file. Where it is blank, use the row.",
    _CHANGED,
    _DELETE,
    "When you have made the changes, confirm it by the link in our email.",
)
NO_PUPIL = "This sheet has no information about any pupil. Keep it with the file."


@dataclass(frozen=True, slots=True)
class Line:
    """A label and what stands beside it: paragraphs, or the lines of a list; `digest` for a hash."""

    label: str
    paragraphs: Sequence[str] = ()
    listed: Sequence[str] = ()
    digest: bool = False


@dataclass(frozen=True, slots=True)
class SheetSection:
    """Lines under a heading."""

    heading: str
    lines: Sequence[Line]


def title_of(facts: Facts, proof: Proof) -> str:
    """Return the title of a sheet: `Cover sheet: agreement WIG-CNX, log entry 12`."""
    return f"Cover sheet: {_basis(facts)}, log entry {proof.hand_over}"


def _basis(facts: Facts) -> str:
    """Return what the sharing rests on: `agreement WIG-CNX`, `request 7`."""
    if facts.agreement is not None:
        return f"agreement {facts.agreement.reference}"
    return f"request {facts.requested.number}" if facts.requested else "no agreement"


def sections_of(facts: Facts, proof: Proof) -> list[SheetSection]:
    """Return everything a sheet says, in the order of reading."""
    agreed, requested = facts.agreement, facts.requested
    # No notice stands behind what is shared on a request.
    told = [SheetSection("What we told people", list(_told(facts)))] if agreed else []
    return [
        SheetSection("About this release", list(_release(facts))),
        *([SheetSection("Lawful basis", list(_law(agreed)))] if agreed else []),
        *([SheetSection("Legal power", list(_power(requested)))] if requested else []),
        *told,
        SheetSection("Where the data comes from", list(_source(facts))),
        SheetSection("What you received", list(_content(facts, proof))),
        SheetSection("What you need to do", list(_duties(facts))),
        SheetSection("How to check the file", list(_check(proof))),
    ]


def _release(facts: Facts) -> Iterator[Line]:
    agreed, requested = facts.agreement, facts.requested
    yield Line("Shared by", [facts.council])
    yield Line("Shared with", [facts.recipient])
    if agreed is not None:
        yield Line("Agreement", [f"{agreed.reference}, version {agreed.version}: {agreed.title}"])
    if requested is not None:
        received = in_words(requested.received_on)
        yield Line("Your request", [f"Our number {requested.number}, received on {received}"])
    yield Line(
        "Purpose", [facts.purpose or "The purpose that you gave in your request, and no other"]
    )
    yield Line("Released on", [moment(facts.handed_over_at)])


def _law(agreed: Agreed) -> Iterator[Line]:
    yield Line("Lawful basis", agreed.lawful_basis.splitlines() or ["Not stated in the agreement"])
    if agreed.legal_gateway:
        yield Line("Legal gateway", agreed.legal_gateway.splitlines())
    if agreed.special_category_condition:
        yield Line(
            "Condition for special category data", agreed.special_category_condition.splitlines()
        )


def _power(requested: Requested) -> Iterator[Line]:
    yield Line("Legal power", [requested.power])


def _told(facts: Facts) -> Iterator[Line]:
    told = facts.told
    if told is None:
        yield Line("Privacy notice", ["None was in force"])
        return
    since = f", in force from {day(told.in_force_from)}" if told.in_force_from else ""
    yield Line("Privacy notice", [f"{told.title}, version {told.number}{since}", told.address])
    if told.purpose:
        yield Line("Purpose it gives", [told.purpose])
    if told.items:
        yield Line(f"Information it lists for {facts.recipient}", listed=told.items)
    if told.paragraphs:
        yield Line(f"What it says about {facts.recipient}", told.paragraphs)


def _source(facts: Facts) -> Iterator[Line]:
    source = _SOURCES[facts.source].format(day=day(facts.data_at))
    checked = CHECKED if facts.agreement else CHECKED_REQUEST
    yield Line("Source", [source] if facts.table is not None else [source, checked])
    if facts.told is not None and facts.told.collected:
        yield Line("How it was collected", facts.told.collected)


def _content(facts: Facts, proof: Proof) -> Iterator[Line]:
    yield Line("File", [proof.file_name])
    if facts.items:
        yield Line("Information", listed=facts.items)
    if facts.rows is not None and facts.requested is not None:
        yield Line("Rows in full", [f"{facts.rows.whole:,}"])
        yield Line(LEFT_OUT, [f"{facts.rows.reduced:,}"])
    elif facts.rows is not None:
        rows = facts.rows
        yield Line("Rows in full", [f"{rows.whole:,}"])
        # Without a list of them it is not an opt-out alone that left something out (P3).
        label = (
            LEFT_OUT if rows.reduced and not facts.basic_items else "Rows with basic details only"
        )
        yield Line(label, [f"{rows.reduced:,}"])
        if facts.basic_items:
            yield Line("Basic details", listed=facts.basic_items)
        yield Line("Rows withheld", [f"{rows.withheld:,} (not in the file)"])
    if facts.amendment is not None:
        yield Line("Pupils with new values", [f"{facts.amendment.changed:,}"])
        yield Line("Pupils with something to delete", [f"{facts.amendment.to_delete:,}"])
        yield Line("How to read it", listed=AMENDMENT_COLUMNS)
    if facts.table is not None:
        table = facts.table
        yield Line("Method", [table.method])
        if table.threshold is not None:
            yield Line(
                "Threshold", [f"Numbers from {table.least} to {table.threshold - 1} are hidden"]
            )
        yield Line("Hidden numbers", [count(table.hidden, "cell")])
        if table.notes:
            yield Line("How to read it", table.notes)


def _duties(facts: Facts) -> Iterator[Line]:
    yield Line("Delete by", [_delete_by(facts)])
    if facts.agreement is not None and facts.agreement.deletion:
        yield Line("How to delete it", facts.agreement.deletion.splitlines())
    for contact in facts.contacts:
        yield Line(contact.role, _reach(contact))


def _delete_by(facts: Facts) -> str:
    if facts.agreement is None:
        if facts.destroy_by is None:
            return "When you no longer need it. No date was agreed"
        return f"{in_words(facts.destroy_by)}. Then confirm to us that it is deleted."
    if facts.destroy_by is not None:
        months = facts.agreement.retention_months or 0
        return (
            f"{in_words(facts.destroy_by)} ({count(months, 'month')} after release). "
            "Then confirm to us that it is deleted."
        )
    return "No date: the agreement sets no retention period"


def _reach(contact: Contact) -> list[str]:
    return [part for part in (contact.address, contact.phone, contact.email) if part]


def _check(proof: Proof) -> Iterator[Line]:
    yield Line("Digital fingerprint of the file (SHA-256)", [proof.file_sha256], digest=True)
    yield Line(
        "How to compare it",
        [COMPARE],
    )
    yield Line("Log entry of the release", [str(proof.hand_over)])
    yield Line("Log entry of this sheet and the fingerprint", [str(proof.entry)])
    yield Line(f"Hash of log entry {proof.entry} (RFC 6962 leaf)", [proof.leaf], digest=True)
    where = f"The file {proof.file_name}.tlog-proof. If you do not have it, ask us for it."
    how = f"How to check it: {address(reverse('log'))}"
    yield Line("Proof that this entry is in our log", [where, how])
