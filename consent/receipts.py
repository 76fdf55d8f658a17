"""The receipt of an opt-out sent online, on screen, as PDF and as JSON. It names no pupil (C7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from consent.models import Matter, OptOutRequest, Scheme
from consent.rules import OBJECTION_ENDS_DAYS, OPT_IN_DAYS, Choice, DecidedBy, objection_due
from notices.models import Controller, Item, Purpose
from notices.queries import controller
from privacy_portal.days import day_of, days_later
from privacy_portal.mail.writing import address

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
}
# The profile of ISO/IEC TS 27560:2023 in the Data Privacy Vocabulary.
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt-record"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was decided, what could be read before, what still goes, and how to change it.

    `counts_from` is when it was received; `notice_address` is of the version then in force.
    """

    reference: str
    matter: Matter
    choice: Choice
    by: DecidedBy
    counts_from: datetime
    confirmed_at: datetime | None
    notice: str
    notice_address: str
    purposes: list[Purpose]
    still_goes: list[Item]
    controller: Controller | None
    by_email: bool
    by_code: bool

    @property
    def opt_in_counts_from(self) -> datetime:
        """When an opt-in counts at the earliest (C3)."""
        return days_later(self.counts_from, OPT_IN_DAYS)

    @property
    def due_on(self) -> date:
        """The day by which an officer decides about an objection (C10)."""
        return objection_due(day_of(self.counts_from))

    @property
    def ends_days(self) -> int:
        """How many days after the person is told an objection ends at the earliest (C10)."""
        return OBJECTION_ENDS_DAYS


def receipt_of(request: OptOutRequest) -> Receipt:
    """The receipt of an opt-out (read with scheme, recipient and notice); 5 queries."""
    version = request.notice
    where = ""
    if version:
        where = address(reverse("notice-version", args=[version.notice.slug, version.number]))
    matter = request.matter
    purposes = [matter.purpose] if matter.purpose else []
    basics = []
    if matter.scheme:
        purposes = [each.purpose for each in matter.scheme.purposes.select_related("purpose")]
        basics = [each.item for each in matter.scheme.basic_items.select_related("item")]
    return Receipt(
        reference=request.reference,
        matter=matter,
        choice=Choice(request.choice),
        by=DecidedBy(request.by),
        counts_from=request.received_at,
        confirmed_at=request.confirmed_at,
        notice=f"{version.notice.title}, version {version.number}" if version else "",
        notice_address=where,
        purposes=purposes,
        still_goes=basics,
        controller=controller(),
        by_email=request.email != "",
        by_code=request.code_id is not None,
    )


def as_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt as JSON-LD: the fields of ISO/IEC TS 27560 in terms of the W3C's DPV."""
    recipient, scheme = receipt.matter.recipient, receipt.matter.scheme
    out = receipt.choice is not Choice.OPT_IN
    subject = "dpv:ParentOfDataSubject" if receipt.by is DecidedBy.PARENT else "dpv:DataSubject"
    council = {
        "@type": "dpv:DataController",
        "dct:title": receipt.controller.name if receipt.controller else "",
    }
    stays: dict[str, Any] = {
        "@type": "dpv:Process",
        "dct:title": receipt.matter.title,
        "dpv:hasRecipient": {"@type": "dpv:Recipient", "dct:title": recipient.name},
        "dpv:hasPurpose": [
            {"@type": "dpv:Purpose", "dct:identifier": each.code, "dct:title": each.label}
            for each in receipt.purposes
        ],
        "dpv:hasProcessing": ["dpv:Share"],
        **_status(receipt.choice),
    }
    goes = {
        "@type": "dpv:Process",
        "dct:title": "What still goes",
        "dpv:hasRecipient": {"@type": "dpv:Recipient", "dct:title": recipient.name},
        "dpv:hasProcessing": ["dpv:Share"],
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-c"
        if scheme and scheme.kind == Scheme.Kind.STATUTORY
        else "eu-gdpr:A6-1-e",
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "dct:identifier": each.code, "dct:title": each.label}
            for each in receipt.still_goes
        ],
    }
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": receipt.reference,
        "dct:conformsTo": PROFILE,
        "dct:created": (receipt.confirmed_at or receipt.counts_from).isoformat(),
        "dct:publisher": council,
        "dpv:hasRecordOfActivity": {
            "@type": "dpv:ConsentRecord",
            "dct:identifier": receipt.reference,
            "dpv:hasDataController": council,
            "dpv:hasJurisdiction": "loc:GB",
            "dpv:isIndicatedBy": subject,
            "dpv:isIndicatedAtTime": receipt.counts_from.isoformat(),
            "dpv:hasNotice": {
                "@id": receipt.notice_address,
                "@type": "dpv:PrivacyNotice",
                "dct:title": receipt.notice,
            },
            "dpv:hasProcess": [stays, goes] if out and receipt.still_goes else [stays],
            "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A21", "eu-gdpr:A77"],
            "dpv:hasWithdrawalMethod" if not out else "dct:relation": address(reverse("opt-out")),
        },
    }


def _status(choice: Choice) -> dict[str, str]:
    """What it is to the process: consent given or refused, or a right that is exercised."""
    if choice is Choice.OBJECTION:
        return {"dpv:hasRight": "eu-gdpr:A21", "dpv:hasStatus": "dpv:RequestAcknowledged"}
    given = choice is Choice.OPT_IN
    return {"dpv:hasConsentStatus": "dpv:ConsentGiven" if given else "dpv:ConsentRefused"}
