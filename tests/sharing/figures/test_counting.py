"""The log is counted once for each week that has ended (K1)."""

import random
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from consent.models import SameChildQuestion
from sharing.figures.counting import count_due
from sharing.figures.queries import COLUMNS, log_counts
from sharing.models import CountedWeek, Undone, WeekCount
from tests.example import NOON
from tests.factories.consent import PupilFactory

pytestmark = pytest.mark.django_db
# Weeks of November 2026 begin on Mondays: 2, 9, 16, 23 and 30.
MONDAY = datetime(2026, 11, 23, 4, 43, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)


def people(number, begin=0):
    return [UUID(int=begin + each + 1) for each in range(number)]


def pupils(month=NOVEMBER):
    return log_counts(month).pupils.get(month)


def pupils_of(code, month=NOVEMBER):
    counts = log_counts(month)
    number = WeekCount.objects.filter(recipient__code=code).values_list("recipient").first()
    return counts.of(number[0]).pupils.get(month) if number else None


class TestWeeks:
    def test_a_week_is_counted_once_it_has_ended(self, put):
        put(11, 18, people(3))
        assert count_due(at=datetime(2026, 11, 22, 12, tzinfo=UTC)) == 0
        assert count_due(at=MONDAY) == 1
        assert count_due(at=MONDAY) == 0
        week = CountedWeek.objects.get()
        assert (week.first, week.last, week.pupils) == (date(2026, 11, 18), date(2026, 11, 22), 3)

    def test_a_portal_without_disclosures_has_no_weeks(self, policy):
        assert count_due(at=MONDAY) == 0

    def test_weeks_without_disclosures_are_counted_too(self, put):
        put(10, 30, people(2))
        assert count_due(at=MONDAY) == 5
        assert not CountedWeek.objects.last().counts.exists()

    def test_a_day_begins_at_midnight_in_london(self, put):
        put(6, 30, people(1), hour=23)
        count_due(at=datetime(2026, 7, 7, 12, tzinfo=UTC))
        assert [week.first for week in CountedWeek.objects.all()] == [date(2026, 7, 1)]


class TestPupils:
    def test_a_pupil_in_many_weeks_of_a_month_is_one(self, put):
        put(11, 3, people(10))
        put(11, 11, people(10, begin=5))
        put(11, 18, people(1, begin=99))
        count_due(at=MONDAY)
        assert pupils() == 16

    def test_each_month_begins_anew_and_each_organisation_has_its_own(self, put):
        put(10, 28, people(10))
        put(11, 3, people(4))
        put(11, 18, people(4, begin=2), agreement="WIG-ALK")
        count_due(at=MONDAY)
        assert (pupils(date(2026, 10, 1)), pupils()) == (10, 6)
        assert (pupils_of("connexions"), pupils_of("alkemygold")) == (4, 4)

    def test_an_organisation_keeps_its_pupils_in_a_week_without_a_file(self, put):
        put(11, 3, people(4))
        put(11, 18, people(1), agreement="WIG-ALK")
        count_due(at=MONDAY)
        assert pupils_of("connexions") == 4

    def test_what_was_undone_received_or_refused_has_none(self, put):
        Undone.objects.create(disclosure=put(11, 3, people(5)), at=NOON, why="x")
        put(11, 3, people(5), direction="received")
        put(11, 3, people(5), outcome="refused")
        count_due(at=MONDAY)
        assert pupils() == 0

    def test_what_was_recorded_by_hand_counts_with_people_without_a_number(self, put):
        put(11, 3, [*people(2), None, None], origin="after-the-fact", outcome="refused")
        count_due(at=MONDAY)
        assert pupils() == 4

    def test_records_that_may_be_of_one_child_are_one_pupil(self, put):
        one, other = PupilFactory(), PupilFactory()
        put(11, 3, [*people(3), one.reference])
        put(11, 4, [other.reference], agreement="WIG-ALK")
        put(11, 5, [one.reference, other.reference])
        SameChildQuestion.objects.create(new=other, other=one, at=NOON)
        count_due(at=MONDAY)
        assert (pupils(), pupils_of("connexions"), pupils_of("alkemygold")) == (4, 4, 1)


def totals(first):
    """The numbers of the log by month and organisation, but for pupils, of which only weeks tell."""
    sums = {}
    for count in log_counts(first).counts:
        own = tuple(getattr(count, name) for name in (*COLUMNS, "undone") if name != "pupils")
        key = count.month, count.recipient
        sums[key] = tuple(map(sum, zip(sums.get(key, (0,) * 8), own, strict=True)))
    return sums


def test_counted_weeks_and_the_log_itself_say_the_same(put):
    chance = random.Random(5)
    for number in range(60):
        disclosure = put(
            chance.randint(8, 11), chance.randint(1, 22), people(number % 4), withheld=number % 3,
            agreement=chance.choice(["WIG-CNX", "WIG-ALK"]),
            outcome=chance.choice(["released", "reduced", "refused"]), hour=chance.randint(0, 23),
            direction=chance.choice(["sent", "sent", "received"]), out_of_line=chance.random() < 0.2,
        )  # fmt: skip
        if chance.random() < 0.2:
            Undone.objects.create(disclosure=disclosure, at=NOON, why="x")
    first = date(2026, 8, 1)
    before = totals(first)
    assert sum(sum(numbers[:5]) + numbers[7] for numbers in before.values()) == 60
    for at in (datetime(2026, 10, 7, 5, tzinfo=UTC), MONDAY):
        count_due(at=at)
        assert totals(first) == before
    assert totals(date(2026, 10, 1)) == {
        key: numbers for key, numbers in before.items() if key[0] >= date(2026, 10, 1)
    }
