"""K1: every number on the page of schools is the length of the list behind it, in random worlds and for
all who may look."""

import random
import re
from datetime import date, timedelta

import pytest

from consent.age_rules import attained
from consent.decisions.invalidating import mark_invalid
from consent.decisions.linked_decisions import decided_about
from consent.identities import merging
from consent.models import (
    Invalidation,
    LetterCode,
    LetterRun,
    Pupil,
    SameChildQuestion,
    Scheme,
    Source,
    Verification,
)
from consent.protection.recording import record_death
from consent.rules import seen_now
from consent.watching.checking import check_schools, overview
from tests.example import DAY, NOON
from tests.factories.consent import (
    DecisionFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    SchoolFactory,
    UnconfirmedFactory,
)
from tests.factories.ground import OfficerFactory, SchoolStaffFactory

pytestmark = pytest.mark.django_db
PAGE = "/staff/schools/"
NUMBER = re.compile(r'<a class="govuk-link" href="(/staff/schools/\d{6}/[\w-]+/[\w-]+/)">([\d,]+)<')
LISTED = re.compile(r'<th scope="row"')


class World:
    """Schools with pupils of all kinds, and decisions, letters and forms about them, by chance."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.schemes = list(Scheme.objects.all())
        withholds = self.chance.choice(self.schemes)
        withholds.default = "withhold"
        withholds.save()
        self.schools = [SchoolFactory(urn=f"99000{number}") for number in (1, 2, 3)]
        self.officer = OfficerFactory(email="one@example.org")
        self.second_officer = OfficerFactory(email="two@example.org")
        births = [date(2012, 5, 5), date(2014, 1, 1), date(2009, 2, 28), date(2004, 1, 1)]
        self.pupils = [
            PupilFactory(
                school=self.chance.choice(self.schools),
                born=self.chance.choice(births),
                forename=self.chance.choice(["Ella", "Zoe"]),
                supported_to_25=self.chance.random() < 0.2,
                left_on=DAY if self.chance.random() < 0.1 else None,
            )
            for _ in range(24)
        ]
        for _ in range(40):
            self.decide()
        for _ in range(20):
            self.print_letter()
        for school in self.schools:
            UnconfirmedFactory(school=school)
            RequestFactory(school=school, forename=self.chance.choice(["Ella", "Nobody"]))
        self.connect()

    def decide(self):
        choice = self.chance.choice(["opt-out", "opt-in"])
        decision = DecisionFactory(
            pupil=self.chance.choice(self.pupils),
            scheme=self.chance.choice(self.schemes),
            choice=choice,
            person_name=self.chance.choice(["Ann", "Bob"]),
            days=-self.chance.randrange(20),
            channel=self.chance.choice(["online", "import"]),
        )
        if choice == "opt-in" and self.chance.random() < 0.5:
            Verification.objects.create(decision=decision, at=NOON)
        if self.chance.random() < 0.2:
            kind = Invalidation.Kind.WRONG_PUPIL
            mark_invalid(decision, kind=kind, reason="x", by=self.officer, at=NOON)

    def print_letter(self):
        pupil, scheme = self.chance.choice(self.pupils), self.chance.choice(self.schemes)
        at = NOON - timedelta(days=self.chance.randrange(20))
        run = LetterRun.objects.create(
            school=pupil.school, scheme=scheme, kind="choice", pupils=[pupil.pk],
            asked_by=self.officer, asked_at=at, expires_at=at,
        )  # fmt: skip
        LetterCode.objects.create(
            selector="ABCD", secret_hash="x", pupil=pupil, scheme=scheme, kind="choice",
            by="parent", run=run, issued_at=at, expires_at=at, revoked_at=at,
        )  # fmt: skip

    def connect(self):
        """Ask whether records are of one child, merge two, protect one, and let one have died."""
        one, other, third, gone, kept, protected, dead = self.chance.sample(self.pupils, 7)
        SameChildQuestion.objects.create(new=one, other=other, at=NOON)
        SameChildQuestion.objects.create(new=third, other=other, at=NOON)
        officers = {"by": self.officer, "agreed_by": self.second_officer}
        merging.merge(gone, kept, reason="x", at=NOON, **officers)
        ProtectionFactory(pupil=protected, by=self.officer)
        record_death(dead, died_on=DAY, source=Source.OFFICER, by=self.officer, at=NOON)

    def opted_out(self, scheme, school):
        """Who is opted out by the rule for one pupil at a time, and counts."""
        pupils = []
        for pupil in Pupil.objects.filter(school=school, left_on=None, merges_into=None):
            end = 25 if pupil.supported_to_25 else scheme.below_age
            old_enough = scheme.min_age is None or attained(scheme.min_age, pupil.born, DAY)
            too_old = scheme.below_age is not None and attained(end, pupil.born, DAY)
            if pupil.protected or pupil.died_on or not old_enough or too_old:
                continue
            if decided_about(scheme, pupil).opted_out(seen_now(NOON)):
                pupils.append(pupil.pk)
        return set(pupils)


def numbers_on(page):
    return {href: int(text.replace(",", "")) for href, text in NUMBER.findall(page)}


def length_of(client, href):
    """The number of rows of a list over all its pages."""
    rows, number = 0, 1
    while True:
        page = client.get(f"{href}?page={number}").text
        rows += len(LISTED.findall(page))
        if f"page={number + 1}" not in page:
            return rows
        number += 1


@pytest.mark.parametrize("seed", range(2))
def test_every_number_is_the_length_of_its_list_and_the_same_for_all(
    policy, client, seed, monkeypatch
):
    monkeypatch.setattr("consent.watching.views.PER_PAGE", 3)
    world = World(seed)
    everywhere = {}
    client.force_login(world.officer)
    for scheme in world.schemes:
        numbers = numbers_on(client.get(PAGE, {"scheme": scheme.code}).text)
        assert len(numbers) == 6 * len({href.split("/")[3] for href in numbers})
        everywhere |= numbers
    assert len({href.split("/")[5] for href in everywhere}) == 6
    assert sum(everywhere.values()) > 50
    assert {href: length_of(client, href) for href in everywhere} == everywhere
    for school in world.schools:
        client.force_login(SchoolStaffFactory(school=school))
        own = {}
        for scheme in world.schemes:
            own |= numbers_on(client.get(PAGE, {"scheme": scheme.code}).text)
        assert own == {href: n for href, n in everywhere.items() if f"/{school.urn}/" in href}
        if school == world.schools[seed % 3]:
            assert {href: length_of(client, href) for href in own} == own


@pytest.mark.parametrize("seed", range(6, 8))
def test_opted_out_is_what_the_rule_says_of_each_pupil(policy, seed):
    world = World(seed)
    choices = overview(at=NOON).choices
    for scheme in world.schemes:
        for school in world.schools:
            own = choices[scheme.pk].get(school.pk)
            assert set(own.opted_out if own else ()) == world.opted_out(scheme, school)


@pytest.mark.parametrize("seed", range(10, 12))
def test_the_start_page_counts_the_schools_to_check(policy, client, seed):
    world = World(seed)
    for number in range(2):
        school = SchoolFactory(urn=f"99001{number}", name=f"Silent School {number}")
        PupilFactory(school=school)
    check_schools(at=NOON)
    client.force_login(world.officer)
    card = re.search(r'href="/staff/schools/">(\d+) schools?<', client.get("/staff/").text)
    section = client.get(PAGE).text.split("Schools to check</h2>")[1].split("</table>")[0]
    assert int(card[1]) == len(LISTED.findall(section)) >= 2
