"""Disclosures, choices and pupils of some months, for figures."""

from datetime import UTC, datetime, timedelta

from privacy_portal.ground.log.appending import append, body
from sharing.figures.counting import count_due
from sharing.models import (
    AgreedPurpose,
    AgreementVersion,
    Disclosure,
    DisclosureLine,
    SignOff,
    Undone,
)
from tests.databases import as_in_a_test
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, ProtectionFactory, PupilFactory, SchoolFactory
from tests.factories.ground import OfficerFactory


def put_disclosure(by, month, day, people=(), *, agreement="WIG-CNX", withheld=0, hour=12, **more):
    """Put a disclosure of a day of 2026 about these people into the log."""
    versions = AgreementVersion.objects.filter(agreement__reference=agreement)
    version, at = versions.order_by("number").last(), datetime(2026, month, day, hour, tzinfo=UTC)
    number = Disclosure.objects.count() + 1000
    known = {
        "agreement_version": version,
        "recipient": version.recipient,
        "purpose": AgreedPurpose.objects.filter(version=version).first().purpose,
        "outcome": "released",
        "rows_total": len(people) + withheld,
        "rows_withheld": withheld,
    }
    disclosure = Disclosure.objects.create(
        id=number, entry=append([body("test", at=at, by=by, number=number)]),
        agreement_reference=agreement, on=at.date(), at=at, by=by, lines_root=b"", **(known | more),
    )  # fmt: skip
    DisclosureLine.objects.bulk_create(
        DisclosureLine(disclosure=disclosure, row=row, person=person, item_set=0, outcome=0)
        for row, person in enumerate(people, 1)
    )
    return disclosure


def made():
    """Store for good what figures are of: two organisations and more, two schools, weeks counted."""
    with as_in_a_test():
        officer = OfficerFactory(email="officer@example.org")
        other = OfficerFactory(email="second@example.org")
        for month in range(1, 12):
            for number in range(month % 3 + 1):
                put_disclosure(
                    officer, month, number + 2, withheld=number,
                    outcome=["released", "reduced", "refused"][number],
                    agreement=["WIG-CNX", "WIG-ALK"][month % 2],
                    destroy_by=DAY + timedelta(days=40 * month - 90),
                )  # fmt: skip
        unknown = {"recipient": None, "agreement_version": None, "purpose": None}
        put_disclosure(officer, 11, 23, outcome="refused", **unknown)
        put_disclosure(officer, 11, 3, outcome="refused", agreement_version=None, out_of_line=True)
        put_disclosure(officer, 10, 5, direction="received")
        for day in (6, 23):
            undone = put_disclosure(officer, 11, day, withheld=2)
            Undone.objects.create(disclosure=undone, at=NOON, why="The download failed")
        for disclosure in Disclosure.objects.all()[:4]:
            SignOff.objects.create(disclosure=disclosure, at=NOON, by=other)
        for school, opted_out in ((SchoolFactory(), 2), (SchoolFactory(urn="990009"), 1)):
            pupils = [PupilFactory(school=school) for _ in range(6)]
            for number, pupil in enumerate(pupils[:opted_out]):
                DecisionFactory(pupil=pupil, days=-40 * number)
            DecisionFactory(pupil=pupils[-1], choice="opt-in", channel="import", days=-60)
        protected = PupilFactory()
        DecisionFactory(pupil=protected)
        ProtectionFactory(pupil=protected)
        count_due(at=NOON)
