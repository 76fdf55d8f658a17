"""Tables at the desk beside what was handed over before, and several that go together (S4)."""

import csv
import io
import json
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from sharing.models import CountsRelease, Disclosure
from sharing.statistics.across.earlier import About, earlier_tables
from tests.commands import run
from tests.example import DAY
from tests.log_entries import events
from tests.sharing.statistics.counts_desk import TABLE, check, hand_over

# What the first table hides could be worked out with it: Beech has 7 girls, so Alder has 3.
BY_YEAR = "School,Reception,Year 6,Total\nA,6,9,15\nB,11,17,28\nTotal,17,26,43\n"
GIRLS = "School,Girls\nA,3\nB,20\nC,9\nTotal,32\n"


@pytest.fixture(name="desk")
def signed_in(policy, client, officer):
    client.force_login(officer)
    return client


def lines(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_table_that_was_handed_over_counts_as_known(desk):
    """The girls of C are the difference between two totals, and 9 more than nobody minds: but beside
    the table of before 23 girls of A and B are known, and B's would give away A's."""
    hand_over(desk, check(desk).url)
    url = check(desk, GIRLS).url
    page = desk.get(url).text
    assert "Numbers in these tables are already known" in page
    rows = CountsRelease.objects.latest("checked_at").safe[0]["rows"]
    assert [row[1] for row in rows[1:3]] == ["c", "c"]
    entry = Disclosure.objects.get().entry
    assert f"log entry {entry}" in page
    assert hand_over(desk, url)
    verify_log(lambda entries: None)


def test_the_same_table_again_shows_the_same(desk):
    hand_over(desk, check(desk).url)
    assert "may tell" not in desk.get(check(desk).url).text
    url = check(desk).url
    assert lines(hand_over(desk, url))[1] == ["A", "c", "c", "15"]
    assert Disclosure.objects.count() == 2


def test_counts_of_another_grouping_are_tied_by_their_totals(desk):
    hand_over(desk, check(desk, BY_YEAR).url)
    rows = CountsRelease.objects.get().safe[0]["rows"]
    assert rows[1] == ["A", "6", "9", "15"]
    check(desk)
    # 15 and 28 are known by now.
    rows = CountsRelease.objects.latest("checked_at").safe[0]["rows"]
    assert rows[1:] == [["A", "c", "c", "15"], ["B", "c", "c", "28"], ["Total", "23", "20", "43"]]


def test_what_cannot_be_made_safe_is_refused_and_the_other_table_named(desk):
    """Another agreement showed what this one hides."""
    hand_over(desk, check(desk).url)
    earlier = CountsRelease.objects.get()
    earlier.safe[0]["rows"][1] = ["A", "3", "12", "15"]
    earlier.save()
    page = desk.get(check(desk).url).text
    assert "This table cannot be released." in page
    entry = Disclosure.objects.filter(outcome="reduced").get().entry
    assert f"log entry {entry}), a hidden number could be worked out (A, Girls" in page
    body = json.loads(bytes(Entry.objects.latest("seq").body))
    assert (body["event"], body["reasons"]) == ("refusal", ["told-by-another-table"])
    assert CountsRelease.objects.latest("checked_at").tables is None
    verify_log(lambda entries: None)


def test_what_was_handed_over_since_the_check_is_thought_of(desk):
    """H2 Two tables are checked, then both leave: the second is void, for it shows too much by now."""
    first, second = check(desk).url, check(desk, "School,Girls\nA,3\nB,20\nC,9\n").url
    assert lines(hand_over(desk, second))[1:] == [["A", "c"], ["B", "20"], ["C", "9"]]
    page = desk.post(f"{first}hand-over/", {"warnings_meant": "yes"}, follow=True).text
    assert "has changed since you checked" in page
    assert "counts-void" in events()
    again = check(desk)
    assert "Numbers in these tables are already known" in desk.get(again.url).text


def test_tables_said_to_count_something_else_or_of_long_ago_do_not_count(desk):
    hand_over(desk, check(desk, counted="Pupils").url)

    def compared(**said):
        check(desk, GIRLS, **said)
        return bool(CountsRelease.objects.latest("checked_at").decision["earlier"])

    assert compared(counted="pupils ")
    assert compared()
    assert not compared(counted="Pupils with free school meals")
    # Of a day long ago nobody knows who was there.
    old = DAY - timedelta(days=93)
    day = {"counted_on_0": old.day, "counted_on_1": old.month, "counted_on_2": old.year}
    assert not compared(counted="Pupils", **day)
    assert CountsRelease.objects.latest("checked_at").counted_on == old


def test_a_small_change_to_another_day_is_not_told(desk):
    hand_over(desk, check(desk, counted="Pupils").url)
    later = TABLE.replace("A,3,12,15", "A,6,12,18").replace("23,20,43", "26,20,46")
    day = DAY - timedelta(days=1)
    said = {"counted_on_0": day.day, "counted_on_1": day.month, "counted_on_2": day.year}
    url = check(desk, later, counted="Pupils", **said).url
    rows = CountsRelease.objects.latest("checked_at").safe[0]["rows"]
    # 15 and 18, 23 and 26, 43 and 46 differ by 3 people.
    assert [rows[1][3], rows[3][1], rows[3][3]] == ["c", "c", "c"]
    assert "log entry" in desk.get(url).text


def test_earlier_tables_take_one_query(desk, django_assert_num_queries):
    hand_over(desk, check(desk).url)
    with django_assert_num_queries(1):
        (earlier,) = earlier_tables(About(DAY))
    assert earlier.table.texts[0] == ("c", "c", "15")
    assert (earlier.table.same, earlier.table.unsaid) == (True, True)
    assert earlier.table.row_sums[0].total == 2


def workbook(**sheets):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, content in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(csv.reader(content.splitlines())):
                sheet.write_row(number, 0, [int(c) if c.isdigit() else c for c in line])
    return out.getvalue()


def send(client, content, **more):
    file = SimpleUploadedFile("t.xlsx", content)
    answers = {"agreement": "WIG-PH-STATS", "file": file, **more}
    return client.post("/staff/statistics/new/", answers)


def test_tables_of_several_sheets_are_made_safe_together_and_leave_in_one_file(desk):
    book = workbook(Sex=TABLE, Girls="School,Girls\nA,3\nB,20\n")
    asked = send(desk, book)
    assert asked.status_code == 422
    assert "All sheets that are not hidden" in asked.text
    url = send(desk, book, sheet="*all*").url
    page = desk.get(url).text
    assert page.count("</caption>") == 2
    left = lines(hand_over(desk, url))
    assert left[0] == ["Sex"]
    assert left[5:] == [[], ["Girls"], ["School", "Girls"], ["A", "c"], ["B", left[3][1]]]
    disclosure = Disclosure.objects.get()
    assert desk.get(f"/staff/disclosures/{disclosure.entry}/").text.count("</caption>") == 2
    assert len(earlier_tables(About(DAY))) == 2
    verify_log(lambda entries: None)


@pytest.mark.django_db
class TestTheCommand:
    def test_several_files_are_made_safe_together(self, policy, write):
        sex = write(TABLE, "sex.csv")
        girls = write("School,Girls\nA,3\nB,20\n", "girls.csv")
        done = run("statistics", "check", sex, girls, "--agreement", "WIG-PH-STATS")
        assert done.code == 0, done.said
        first = lines(done.out)
        assert first[-2:] == [["A", "c"], ["B", first[3][1]]]
        # One of them is hidden in both tables, or the total over both is.
        assert "c" in (first[3][1], first[4][1])
        document = json.loads(
            run("statistics", "check", sex, girls, "--agreement", "WIG-PH-STATS", "--json").out
        )
        assert document["table"] is None
        assert [table["name"] for table in document["tables"]] == [str(sex), str(girls)]

    def test_what_was_handed_over_counts(self, desk, write):
        hand_over(desk, check(desk).url)
        path = write(GIRLS, "t.csv")
        done = run("statistics", "check", path, "--agreement", "WIG-PH-STATS", "--on", DAY)
        assert "Counted as known: the table “t.csv” of" in done.said
        other = run(
            "statistics", "check", path, "--agreement", "WIG-PH-STATS", "--on", DAY,
            "--counts", "x", "--counts-on", DAY - timedelta(days=200), "--group", "y",
        )  # fmt: skip
        assert "Counted as known" not in other.said
