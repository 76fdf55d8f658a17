"""The record of processing activities as JSON-LD, in terms of the W3C's Data Privacy Vocabulary (DPV 2.3).

Every term in use is listed in tests/data/dpv-terms.json with the file of the vocabulary that has it.
"""

from datetime import date
from typing import Any

from sharing.processing_record.rules import (
    Activity,
    Contact,
    Record,
    missing_in_activity,
    missing_in_record,
)

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
}
SUBJECTS = {
    "Pupils": "dpv:Student",
    "parents and carers": "dpv:ParentOfDataSubject",
    "School staff": "dpv:Employee",
}
ROLES = {
    "Controller": "dpv:DataController",
    "Joint controller": "dpv:JointDataControllers",
    "Processor": "dpv:DataProcessor",
}

Node = dict[str, Any]


def as_linked_data(record: Record, on: date) -> Node:
    """Return the record as it was on a day. What is missing is said in `dct:description`."""
    controller: Node = {"@type": "dpv:DataController", "dpv:hasName": record.council}
    if record.enquiries:
        controller["dpv:hasContact"] = _contact(record.enquiries)
    if record.officer:
        controller["dpv:hasDataProtectionOfficer"] = {
            "@type": "dpv:DataProtectionOfficer",
            "dct:title": record.officer.role,
            "dpv:hasContact": list(record.officer.ways),
        }
    return _without_empty(
        {
            "@context": CONTEXT,
            "@type": "dpv:DataProcessingRecord",
            "dct:title": "Record of processing activities",
            "dct:date": on.isoformat(),
            "dct:description": _missing(missing_in_record(record)),
            "dpv:hasJurisdiction": "loc:GB",
            "dpv:hasDataController": _without_empty(controller),
            "dpv:hasProcess": [_process(activity) for activity in record.activities],
        }
    )


def _contact(contact: Contact) -> list[str]:
    return [contact.role, *contact.ways]


def _missing(phrases: list[str]) -> str:
    return f"Missing: {'; '.join(phrases)}." if phrases else ""


def _process(activity: Activity) -> Node:
    does_itself = not activity.recipient
    return _without_empty(
        {
            "@type": "dpv:Process",
            "dct:identifier": activity.reference,
            "dct:title": activity.title,
            "dct:description": _missing(missing_in_activity(activity)),
            "dpv:hasPurpose": [
                {"@type": "dpv:Purpose", "dct:title": purpose} for purpose in activity.purposes
            ],
            "dpv:hasProcessing": []
            if activity.idle
            else ["dpv:Use" if does_itself else "dpv:Share"],
            "dpv:hasDataSubject": [SUBJECTS[people] for people in activity.people],
            "dpv:hasPersonalData": _data(activity),
            "dpv:hasRecipient": [] if does_itself else [_recipient(activity)],
            "dpv:hasLegalBasis": _basis(activity),
            "dpv:hasApplicableLaw": _words("dpv:Law", activity.power),
            "dpv:hasThirdCountry": _words("dpv:ThirdCountry", activity.transfers),
            "dpv:hasStorageCondition": _words("dpv:StorageDuration", activity.keeping),
            "dpv:hasTechnicalOrganisationalMeasure": _words(
                "dpv:TechnicalOrganisationalMeasure", activity.security
            ),
            "dpv:hasNotice": _words("dpv:PrivacyNotice", activity.notice),
        }
    )


def _data(activity: Activity) -> list[Node]:
    data = [
        {
            "@type": "dpv:SpecialCategoryPersonalData" if item.special else "dpv:PersonalData",
            "dct:identifier": item.code,
            "dct:title": item.label,
        }
        for item in activity.items
    ]
    return data or _words("dpv:PersonalData", activity.categories)


def _recipient(activity: Activity) -> Node:
    return _without_empty(
        {
            "@type": ["dpv:Recipient", *([ROLES[activity.role]] if activity.role else [])],
            "dpv:hasName": activity.recipient,
            "dpv:hasContact": activity.joint_contact,
        }
    )


def _basis(activity: Activity) -> list[Node]:
    """Return the lawful basis by its letter, and the condition for special categories in words."""
    letter = f"eu-gdpr:A{activity.basis.translate({40: '-', 41: None})}" if activity.basis else ""
    basis = _without_empty({"@id": letter, "dct:description": activity.basis_words})
    condition = {"dct:description": activity.condition}
    return [node for node in (basis, condition) if any(node.values())]


def _words(kind: str, words: str) -> list[Node]:
    return [{"@type": kind, "dct:description": words}] if words else []


def _without_empty(node: Node) -> Node:
    return {key: value for key, value in node.items() if value not in ("", [], None)}
