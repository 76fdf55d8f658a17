"""How often something was shared, for everybody to read: monthly, rounded, never to be subtracted."""

import csv
import io
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from consent.identities import same_children
from consent.models import Pupil, SameChildQuestion
from sharing.models import PublishedCount, PublishedMonth, Undone
from sharing.register import publishing as publishing_counts
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.rolls import ROLL_HEADINGS, pupil_row

CAREERS = "Information, advice and guidance for young people aged 13 to 19"
PAGE = "/sharing/disclosures/"


def instant(month, day=10):
    return datetime(2026, month, day, 12, tzinfo=UTC)


FIRST_OF_JUNE = instant(6, 1)


def people(number, begin=0):
    return [UUID(int=begin + each + 1) for each in range(number)]


def publish(at=FIRST_OF_JUNE):
    return publishing_counts.publish_due(at=at)


def figures():
    return [
        (f"{count.month}", count.recipient.code, count.files, count.pupils)
        for count in PublishedCount.objects.select_related("month", "recipient").order_by(
            "month__month", "recipient__code"
        )
    ]


def rows(client, address="/sharing/disclosures.csv"):
    """The rows of the file: month, organisation, purpose, files and pupils."""
    lines = csv.DictReader(io.StringIO(client.get(address).text))
    return [
        [line[name] for name in ("month", "recipient", "purpose", "files", "pupils")]
        for line in lines
    ]


@pytest.mark.django_db
class TestPublishing:
    def test_a_pupil_in_many_files_of_a_month_is_one(self, shared):
        shared(3, people(12))
        shared(3, people(12))
        shared(3, people(7, begin=5))
        assert publish() == 3
        assert figures() == [("2026-03", "connexions", 3, 10)]

    def test_what_was_withheld_undone_received_or_refused_does_not_count(self, shared):
        shared(3, people(20), line=2)
        Undone.objects.create(disclosure=shared(3, people(20)), at=instant(3), why="x")
        shared(3, people(20), direction="received")
        shared(3, people(20), outcome="refused")
        publish()
        assert figures() == [("2026-03", "connexions", 1, 0)]

    def test_what_was_recorded_after_the_fact_counts_even_against_the_rules(self, shared):
        more = {"origin": "after-the-fact", "outcome": "refused", "line": 2}
        shared(3, [*people(6), None, None, None], **more)
        shared(3, people(8), recipient=None, purpose=None, agreement_version=None, **more)
        publish()
        counts = PublishedCount.objects.order_by("recipient")
        assert [(count.files, count.pupils) for count in counts] == [(1, 10), (1, 10)]

    def test_records_that_are_or_may_be_of_one_child_are_one_pupil(self, shared, write, officer):
        """Four children must not pass as five."""
        rows = (pupil_row(), pupil_row(UPN=TWIN))
        assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{''.join(rows)}")).code == 0
        one, other = (Pupil.objects.get(upns__upn=each) for each in (UPN, TWIN))
        both = [one.reference, other.reference]
        shared(3, [*people(3), *both])
        SameChildQuestion.objects.create(new=other, other=one, at=instant(3))
        publish(instant(4, 1))
        shared(4, [*people(3), *both])
        same_children.answer(
            [SameChildQuestion.objects.get().pk], same=True, reason="x", by=officer, at=NOON
        )
        shared(5, [*people(4), *both])
        publish()
        assert [figure[3] for figure in figures()] == [None, None, 5]

    def test_the_month_that_runs_is_not_told(self, shared, client):
        shared(6, people(40), day=1)
        assert publish(instant(6, 30)) == 0
        assert "We do not have any figures" in client.get(PAGE).text
        assert publish(instant(7, 1)) == 1
        assert ">40<" in client.get(PAGE).text.replace("\n", "").replace(" ", "")

    def test_a_month_begins_and_ends_at_midnight_in_london(self, shared):
        shared(3, people(10), at=datetime(2026, 3, 31, 23, 30, tzinfo=UTC))
        publish()
        assert figures() == [("2026-04", "connexions", 1, 10)]

    def test_what_is_published_never_changes_whatever_is_recorded_later(self, shared, client):
        shared(3, people(223))
        publish(instant(4, 1))
        before = rows(client)
        shared(3, people(1, begin=900))
        shared(3, people(30, begin=900), origin="after-the-fact")
        publish(instant(4, 28))
        assert rows(client) == before
        publish(instant(5, 1))
        assert [row for row in rows(client) if row[0] == "2026-03"] == before

    def test_looks_tell_nothing_that_one_look_at_the_last_figures_does_not(self, shared, client):
        """Each figure is said once and stays: an earlier look is a part of a later one."""
        looks = []
        for month in range(1, 7):
            for size in (1, 3, 8, 26):
                shared(month, people(size * month, begin=month), day=1 + size)
                looks.append(rows(client))
            publish(instant(month + 1, 1))
            looks += [rows(client), rows(client)]
        last = {tuple(row) for row in rows(client)}
        for earlier, later in pairwise(looks):
            assert {tuple(each) for each in earlier} <= {tuple(each) for each in later} <= last
        assert len(last) == 6

    def test_histories_that_differ_by_a_few_children_look_the_same(self, shared, client):
        shared(3, people(2))
        shared(3, people(1))
        shared(4, people(223))
        publish()
        assert rows(client) == [
            ["2026-04", "Connexions", CAREERS, "1", "225"],
            ["2026-03", "Connexions", CAREERS, "not shown", "fewer than 5"],
        ]
        count = PublishedCount.objects.get(month__month="2026-03-01")
        assert (count.files, count.pupils) == (None, None)

    def test_page_and_file_say_the_same_and_no_total(self, shared, client):
        shared(3, people(223))
        shared(4, people(9), agreement="WIG-ALK")
        shared(4, people(3))
        publish()
        page = client.get(PAGE).text
        for row in rows(client):
            assert row[1] in page
            assert row[4] in page
        assert {row[4] for row in rows(client)} == {"225", "10", "fewer than 5"}
        assert "otal" not in page.split("<main")[1].split("</main>")[0]
        assert ">223<" not in page

    def test_a_year_has_its_page_and_its_file(self, shared, client):
        shared(3, people(9))
        publish()
        assert client.get(f"{PAGE}?year=2026").status_code == 200
        assert len(rows(client, "/sharing/disclosures/2026.csv")) == 1
        for wrong in ("2025", "x", "٢٠٢٦"):
            assert client.get(PAGE, {"year": wrong}).status_code == 404
        assert rows(client, "/sharing/disclosures/2025.csv") == []
        for year in (0, 10_000, 10**20):
            assert client.get(f"/sharing/disclosures/{year}.csv").status_code == 404

    def test_the_file_is_made_once_for_each_month_that_is_published(
        self, shared, client, django_assert_max_num_queries
    ):
        address = "/sharing/disclosures.csv"
        nothing = client.get(address)
        shared(3, people(12))
        assert client.get(address).content == nothing.content
        publish()
        first = client.get(address)
        assert "2026-03" in first.text
        with django_assert_max_num_queries(1):
            assert client.get(address).content == first.content
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert client.get(f"{address}?year=2026").content == first.content
        assert client.get(f"{address}?year=2025").status_code == 404

    def test_months_are_published_once(self, shared):
        shared(3, people(9))
        assert publish() == 3
        assert publish() == 0
        assert [f"{month}" for month in PublishedMonth.objects.all()] == [
            "2026-05",
            "2026-04",
            "2026-03",
        ]

    @pytest.mark.parametrize("files_and_pupils", [(None, 5), (1, 4), (1, None), (0, 5)])
    def test_the_database_keeps_no_small_number(self, policy, files_and_pupils):
        month = PublishedMonth.objects.create(month="2026-03-01", at=instant(4))
        files, pupils = files_and_pupils
        with pytest.raises(IntegrityError, match="published_count"), transaction.atomic():
            PublishedCount.objects.create(month=month, files=files, pupils=pupils)

    def test_the_page_takes_as_few_queries_however_much_there_is(
        self, shared, client, django_assert_max_num_queries
    ):
        for month in (1, 2, 3, 4, 5):
            shared(month, people(9))
        publish()
        with django_assert_max_num_queries(5):
            client.get(PAGE)
