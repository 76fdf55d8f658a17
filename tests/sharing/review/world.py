"""A disclosure log of three months, made up by chance, of which most was counted before."""

import random
from datetime import UTC, datetime, timedelta

from privacy_portal.ground.log.appending import append, body
from sharing.models import (
    AgreedPurpose,
    AgreementVersion,
    Disclosure,
    DisclosureQuestion,
    SampledDisclosure,
    SignOff,
    Undone,
)
from sharing.review.desk import stretches
from tests.example import NOON
from tests.factories.consent import SchoolFactory

REFERENCES = ("WIG-CNX", "WIG-ALK")
# The last instant of October in London.
MONTH_ENDS = datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)
NUMBERS = 60
ROWS = ("rows_released", "rows_reduced", "rows_withheld")


def fill_log(officers):
    """Puts disclosures into the log in no order of time, some of which turned out not to have been sent after
    they were counted."""
    chance = random.Random(3)
    SchoolFactory(urn="990001")
    versions = [
        AgreementVersion.objects.filter(agreement__reference=reference).latest("number")
        for reference in REFERENCES
    ]
    for number in range(NUMBERS):
        _put(number, chance, versions, officers)
        if number == NUMBERS // 2:
            stretches.count_due(at=NOON)
    stretches.count_due(at=NOON)
    for number, disclosure in enumerate(Disclosure.objects.order_by("pk")):
        if chance.random() < 0.5:
            other = next(each for each in officers if each != disclosure.by)
            SignOff.objects.create(disclosure=disclosure, at=NOON, by=other)
        elif chance.random() < 0.3:
            DisclosureQuestion.objects.create(
                disclosure=disclosure, at=NOON, by=officers[0], words="Why?"
            )
        if number == NUMBERS // 2:
            stretches.count_signed()
        if chance.random() < 0.2:
            Undone.objects.create(disclosure=disclosure, at=NOON, why="Lost")
    for disclosure in Disclosure.objects.filter(undone=None).order_by("pk")[::5]:
        Undone.objects.create(disclosure=disclosure, at=NOON, why="Lost")


def _put(number, chance, versions, officers):
    version = chance.choice(versions)
    at = MONTH_ENDS + timedelta(
        days=chance.randint(-40, 40), microseconds=chance.choice([0, 1, 10**9])
    )
    known = chance.random() < 0.9
    by_hand = chance.random() < 0.2
    counted = chance.random() < 0.8
    disclosure = Disclosure.objects.create(
        id=1000 + number, by=chance.choice(officers), on=at.date() - timedelta(days=30 * by_hand), at=at,
        lines_root=b"",
        entry=append([body("test", at=NOON, by=None, number=number)]),
        agreement_reference=version.agreement.reference if known else "",
        agreement_version=version if known else None,
        recipient=version.recipient if known else None,
        purpose=AgreedPurpose.objects.filter(version=version).first().purpose if known else None,
        outcome=chance.choice(["released", "reduced", "refused"]) if known else "refused",
        origin="after-the-fact" if by_hand else "release",
        direction="received" if not by_hand and chance.random() < 0.2 else "sent",
        out_of_line=by_hand and chance.random() < 0.5,
        schools=["990001"] if chance.random() < 0.3 else [],
        **({name: chance.randint(0, 9) for name in ROWS} | {"rows_total": 30} if counted else {}),
    )  # fmt: skip
    if chance.random() < 0.4:
        reasons = chance.choice([["drawn"], ["special-category", "override"], ["override"]])
        SampledDisclosure.objects.create(disclosure=disclosure, reasons=reasons)
