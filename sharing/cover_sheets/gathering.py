"""The facts of a cover sheet are gathered, in the transaction that logs the hand-over (H5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from notices.models import Contact as CouncilContact, Publication
from notices.queries import controller, item_labels
from notices.rules import Element
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.ui.markdown import as_text
from sharing.cover_sheets.facts import (
    Agreed,
    AmendmentFacts,
    Contact,
    Facts,
    Requested,
    Rows,
    Source,
    TableFacts,
    Told,
)
from sharing.models import AgreementVersion, Disclosure, RequestDecision

# The sections that can say something of one organisation.
_ABOUT_RECIPIENTS = (
    Element.RECIPIENTS, Element.PURPOSES, Element.LAWFUL_BASIS, Element.OPT_OUT,
)  # fmt: skip


def facts_of(
    disclosure: Disclosure,
    *,
    source: Source,
    data_at: datetime,
    table: TableFacts | None = None,
    amendment: AmendmentFacts | None = None,
) -> Facts:
    """Gather what the recipient of a disclosure has to know of it; 4 queries.

    It must be no refusal, and rest on an agreement or on a decision on a request. `data_at` is when the data was read from the roll, or reached the portal in
    a file. No pupil, heading or reference of a request is among the facts: those can name a child.
    """
    version, decision = disclosure.agreement_version, disclosure.request_decision
    assert (version is None) != (decision is None)
    labels = item_labels()
    items, basic = ([*disclosure.item_sets, [], []])[:2]
    council = controller()
    return Facts(
        council=council.name if council else "",
        recipient=disclosure.organisation,
        agreement=_agreed(version) if version else None,
        requested=_requested(decision) if decision else None,
        purpose=disclosure.purpose.label if disclosure.purpose else "",
        told=_told(disclosure),
        source=source,
        data_at=data_at,
        items=_labelled(items, labels),
        basic_items=_labelled(basic, labels)
        if disclosure.rows_reduced and not disclosure.unlocated
        else (),
        rows=_rows(disclosure) if table is None and amendment is None else None,
        table=table,
        amendment=amendment,
        handed_over_at=disclosure.at,
        destroy_by=disclosure.destroy_by,
        contacts=_contacts(),
    )


def _labelled(codes: list[str], labels: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(labels.get(code, code) for code in codes)


def _agreed(version: AgreementVersion) -> Agreed:
    return Agreed.from_row(version, reference=version.agreement.reference, version=version.number)


def _requested(decision: RequestDecision) -> Requested:
    """Return what stands behind a file on a request; none of an officer's words, which can name a child."""
    details = decision.details
    return Requested(
        number=decision.request_id,
        received_on=day_of(details.received_at),
        power=details.get_power_display(),
    )


def _rows(disclosure: Disclosure) -> Rows:
    return Rows(
        whole=disclosure.rows_released or 0,
        reduced=disclosure.rows_reduced or 0,
        withheld=disclosure.rows_withheld or 0,
    )


def _told(disclosure: Disclosure) -> Told | None:
    """Return what the notice that counted says of the recipient and purpose, in the words in which it was
    published; None where there is none."""
    if not disclosure.notice or disclosure.recipient is None or disclosure.purpose is None:
        return None
    recipient, purpose = disclosure.recipient.code, disclosure.purpose.code
    slug, number = disclosure.notice.split("/")
    published = Publication.objects.select_related("version").get(
        version__notice__slug=slug, version__number=number
    )
    content: Mapping[str, Any] = published.content
    lines = [
        line
        for line in content["recipients"]
        if line["code"] == recipient and any(named["code"] == purpose for named in line["purposes"])
    ]
    name = lines[0]["name"] if lines else ""
    sections = content["sections"]
    return Told(
        title=content["title"],
        number=published.version.number,
        in_force_from=published.version.effective_from,
        # Written out: in a process that serves no pages, asking for it loads them all, under locks.
        address=address(f"/notices/{slug}/versions/{number}/"),
        purpose=next(
            (
                named["label"]
                for line in lines
                for named in line["purposes"]
                if named["code"] == purpose
            ),
            "",
        ),
        items=tuple(dict.fromkeys(item["label"] for line in lines for item in line["items"])),
        paragraphs=tuple(_paragraphs_about(name, sections)) if name else (),
        collected=tuple(
            paragraph
            for section in sections
            if section["element"] == Element.SOURCE
            for paragraph in _paragraphs(section["body"])
        ),
    )


def _paragraphs_about(name: str, sections: list[Mapping[str, str]]) -> Iterator[str]:
    """Yield the paragraphs that name the organisation, each with the list that it leads to."""
    for section in sections:
        if section["element"] not in _ABOUT_RECIPIENTS:
            continue
        leads = False
        for paragraph in _paragraphs(section["body"]):
            names = name.casefold() in paragraph.casefold()
            if names or (leads and paragraph.startswith("- ")):
                yield paragraph
            leads = names and paragraph.endswith(":")


def _paragraphs(body: str) -> list[str]:
    return [text for text in as_text(body).split("\n\n") if text]


def _contacts() -> tuple[Contact, ...]:
    """Return whom to ask at the council, enquiries first; 1 query."""
    contacts = CouncilContact.objects.order_by("-kind")
    return tuple(Contact.from_row(contact) for contact in contacts)
