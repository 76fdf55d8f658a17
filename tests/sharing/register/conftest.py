"""Disclosures in the log, made without files: the register reads their rows and lines only."""

from datetime import UTC, datetime

import pytest

from privacy_portal.ground.log.appending import append, body
from sharing.models import AgreedPurpose, AgreementVersion, Disclosure, DisclosureLine

BASICS = ["pupil.address", "pupil.surname"]
ALL = [*BASICS, "pupil.email"]


@pytest.fixture
def shared(policy, officer):
    """Puts a hand-over of 2026 into the log: `shared(month, people, outcome=…)`. `line` is the place of
    the outcome of its lines, `reason` that of the reason, `item_set` that of what they hold."""
    versions = {
        version.agreement.reference: version
        for version in AgreementVersion.objects.select_related("agreement").order_by("number")
    }

    def put(
        month,
        people,
        *,
        agreement="WIG-CNX",
        day=10,
        line=0,
        reason=None,
        item_set=0,
        more=(),
        **known,
    ):
        version = versions[agreement]
        number = Disclosure.objects.count() + 1000
        at = known.pop("at", datetime(2026, month, day, 12, tzinfo=UTC))
        of_agreement = {
            "agreement_version": version,
            "recipient": version.recipient,
            "purpose": AgreedPurpose.objects.filter(version=version).first().purpose,
            "outcome": "released",
            "item_sets": [ALL, BASICS],
        }
        disclosure = Disclosure.objects.create(
            id=number,
            entry=append([body("test", at=at, by=officer, number=number)]),
            agreement_reference=agreement,
            on=at.date(),
            at=at,
            by=officer,
            lines_root=b"",
            **(of_agreement | known),
        )
        lines = [(person, item_set, line, reason) for person in people] + list(more)
        DisclosureLine.objects.bulk_create(
            DisclosureLine(
                disclosure=disclosure,
                row=row,
                person=person,
                item_set=items,
                outcome=out,
                reason=why,
            )
            for row, (person, items, out, why) in enumerate(lines, 1)
        )
        return disclosure

    return put
