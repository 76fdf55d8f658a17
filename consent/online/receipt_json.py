"""The receipt as JSON-LD, in terms of the W3C's Data Privacy Vocabulary (DPV 2.3).

An opt-out that the law or a notice offers, and an objection, are no refused consent: a right is
exercised. Only where information goes by consent (a scheme with `default` `withhold`) is the receipt
a consent receipt, by ISO/IEC TS 27560:2023.
"""

from django.urls import reverse

from consent.models import Scheme
from consent.online.receipts import Receipt
from consent.rules import Choice, DecidedBy, Default
from consent.scheme_words import law_in_words, supply_in_words
from notices.models import Item
from privacy_portal.ground.mail.writing import address

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
}
LEGAL_OBLIGATION, PUBLIC_TASK = "eu-gdpr:A6-1-c", "eu-gdpr:A6-1-e"
CONSENT_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt"


def as_json(receipt: Receipt) -> dict[str, object]:
    """Return the receipt as a document: a consent receipt, or the record of a right that is exercised."""
    scheme = receipt.request.matter.scheme
    if scheme is not None and scheme.default == Default.WITHHOLD:
        return _consent(receipt)
    return _right(receipt)


def _right(receipt: Receipt) -> dict[str, object]:
    """Return the record of a right that is exercised, with the steps that are taken for everybody.

    Whether it was passed to a school or applied to a file would tell whether the pupil is on the
    roll (C7): that stands in the pupil's list, which only goes to who may have it.
    """
    steps = [("dpv:RequestInitiated", receipt.request.received_at)]
    if receipt.request.confirmed_at:
        steps.append(("dpv:RequestAcknowledged", receipt.request.confirmed_at))
    return {
        "@context": CONTEXT,
        "@type": "dpv:RightExerciseRecord",
        "dct:title": receipt.request.choice_in_words,
        "dct:description": receipt.starts,
        **_head(receipt),
        "dpv:hasRight": _exercised(receipt),
        "dct:hasPart": [
            {
                "@type": "dpv:RightExerciseActivity",
                "dct:date": at.isoformat(),
                "dpv:hasStatus": status,
            }
            for status, at in steps
        ],
        "dpv:hasStatus": steps[-1][0],
        **_about(receipt),
    }


def _exercised(receipt: Receipt) -> object:
    if receipt.request.choice == Choice.OBJECTION:
        return {"@id": "eu-gdpr:A21", "dpv:isExercisedAt": _where()}
    title = receipt.request.choice_in_words
    return {"@type": "dpv:ActiveRight", "dct:title": title, "dpv:isExercisedAt": _where()}


def _consent(receipt: Receipt) -> dict[str, object]:
    opts_in = receipt.request.choice == Choice.OPT_IN
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:title": receipt.request.choice_in_words,
        "dct:identifier": receipt.request.reference,
        "dct:conformsTo": CONSENT_PROFILE,
        "dct:created": _created(receipt),
        "dct:publisher": _council(receipt),
        "dpv:hasRecordOfActivity": {
            "@type": "dpv:ConsentRecord",
            "dct:description": receipt.starts,
            **_head(receipt),
            "dpv:hasConsentStatus": "dpv:ConsentGiven" if opts_in else "dpv:ConsentRefused",
            "dpv:hasRight": [{"@id": "eu-gdpr:A7-3", "dpv:isExercisedAt": _where()}, "eu-gdpr:A77"],
            **_about(receipt),
        },
    }


def _head(receipt: Receipt) -> dict[str, object]:
    """Return who keeps the record, who chose and when, and the notice at the time."""
    parent = receipt.request.by == DecidedBy.PARENT
    return {
        "dct:identifier": receipt.request.reference,
        "dct:created": _created(receipt),
        "dpv:hasDataController": _council(receipt),
        "dpv:hasJurisdiction": "loc:GB",
        "dpv:isIndicatedBy": "dpv:ParentOfDataSubject" if parent else "dpv:DataSubject",
        "dpv:isIndicatedAtTime": receipt.request.received_at.isoformat(),
        "dpv:hasNotice": {
            "@id": receipt.notice_address,
            "@type": "dpv:PrivacyNotice",
            "dct:title": receipt.notice,
        },
    }


def _about(receipt: Receipt) -> dict[str, object]:
    """Return what the choice is about, and what is shared once it has started."""
    opts_in = receipt.request.choice == Choice.OPT_IN
    decided = {
        "@type": "dpv:Process",
        "dct:title": "What can then be shared" if opts_in else receipt.request.matter.title,
        **_sharing(receipt),
        **_law(receipt.request.matter.scheme),
        "dpv:hasPurpose": [
            {"@type": "dpv:Purpose", "dct:identifier": purpose.code, "dct:title": purpose.label}
            for purpose in receipt.purposes
        ],
        **(_items(receipt.shared_after_opt_in) if receipt.shared_after_opt_in else {}),
    }
    if opts_in or not receipt.still_shared:
        return {"dpv:hasProcess": [decided]}
    still = {
        "@type": "dpv:Process",
        "dct:title": "What is still shared once it has started",
        **_sharing(receipt),
        **_supply(receipt.request.matter.scheme),
        **_items(receipt.still_shared),
    }
    return {"dpv:hasProcess": [decided, still]}


def _sharing(receipt: Receipt) -> dict[str, object]:
    recipient = {"@type": "dpv:Recipient", "dct:title": receipt.request.matter.recipient.name}
    return {"dpv:hasRecipient": recipient, "dpv:hasProcessing": ["dpv:Share"]}


def _law(scheme: Scheme | None) -> dict[str, object]:
    """Return the sections of the law under which the choice counts, in words."""
    words = law_in_words(scheme) if scheme is not None else ""
    return {"dct:description": words} if words else {}


def _supply(scheme: Scheme | None) -> dict[str, object]:
    """Return on what basis the basic details are shared, by whom, and the right to object if any."""
    if scheme is None:
        return {"dpv:hasLegalBasis": PUBLIC_TASK}
    duty = scheme.kind == Scheme.Kind.STATUTORY and not scheme.by_authority
    supply: dict[str, object] = {
        "dct:description": supply_in_words(scheme, basics=True),
        "dpv:hasLegalBasis": LEGAL_OBLIGATION if duty else PUBLIC_TASK,
    }
    if scheme.by_authority:
        return {**supply, "dpv:hasRight": {"@id": "eu-gdpr:A21", "dpv:isExercisedAt": _where()}}
    return supply


def _items(items: list[Item]) -> dict[str, object]:
    return {
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "dct:identifier": item.code, "dct:title": item.label}
            for item in items
        ]
    }


def _council(receipt: Receipt) -> dict[str, object]:
    return {"@type": "dpv:DataController", "dct:title": receipt.council}


def _created(receipt: Receipt) -> str:
    return (receipt.request.confirmed_at or receipt.request.received_at).isoformat()


def _where() -> dict[str, object]:
    """Return where the right is exercised again, for a change of mind."""
    return {"@id": address(reverse("opt-out")), "@type": "dpv:RightExerciseNotice"}
