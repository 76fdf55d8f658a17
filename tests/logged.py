"""Disclosures put into the log without an extract: many, quickly."""

from privacy_portal.ground.log.appending import append, body
from sharing.models import AgreedPurpose, AgreementVersion, Disclosure, DisclosureLine
from tests.example import NOON


def logged(people, *, by, agreement="WIG-CNX", at=NOON, **columns):
    """Log that all the agreement's items were shared about these people, by their references."""
    version = AgreementVersion.objects.filter(agreement__reference=agreement).earliest("number")
    number = Disclosure.objects.count() + 1000
    disclosure = Disclosure.objects.create(
        **{
            "id": number,
            "entry": append([body("test", at=at, by=by, number=number)]),
            "agreement_reference": agreement,
            "agreement_version": version,
            "recipient": version.recipient,
            "purpose": AgreedPurpose.objects.filter(version=version).first().purpose,
            "on": at.date(),
            "at": at,
            "by": by,
            "outcome": "released",
            "item_sets": [["pupil.surname", "pupil.phone"], ["pupil.surname"]],
            "rows_total": len(people),
            "lines_root": b"",
            **columns,
        }
    )
    DisclosureLine.objects.bulk_create(
        DisclosureLine(disclosure=disclosure, row=row, person=person, item_set=0, outcome=0)
        for row, person in enumerate(people, 1)
    )
    return disclosure
