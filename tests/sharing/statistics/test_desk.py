"""Tables of counts at the desk: from a file or the roll, seen, handed over once, compared."""

import csv
import io
import json
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing.agreements import signing
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementVersion, CountsRelease, Disclosure, Undone
from sharing.statistics import desk as statistics_desk
from sharing.statistics.roll import count_roll
from tests.example import DAY, NOON
from tests.factories.ground import OfficerFactory
from tests.log_entries import events
from tests.sharing.statistics.counts_desk import TABLE, check, hand_over


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


def test_the_officer_sees_what_may_be_shown_as_table_and_chart(desk):
    page = desk.get(check(desk).url).text
    assert "1 number from 1 to 4 is hidden, and 3 larger ones" in page
    assert page.count('<abbr title="hidden">c</abbr>') == 4
    assert ">12<" not in page
    assert "portal-chart" in page
    assert "Release and download (once only)" in page


def test_it_is_handed_over_once_and_logged_first(desk):
    url = check(desk, request_reference="PH-1").url
    assert hand_over(desk, url).splitlines() == [
        "School,Girls,Boys,Total",
        "A,c,c,15",
        "B,c,c,28",
        "Total,23,20,43",
    ]
    disclosure = Disclosure.objects.get()
    assert (disclosure.origin, disclosure.outcome, disclosure.request_reference) == (
        "statistics",
        "reduced",
        "PH-1",
    )
    body = json.loads(bytes(Entry.objects.get(seq=disclosure.entry).body))
    assert (body["event"], body["file_sha256"]) == ("disclosure", disclosure.file_sha256)
    assert CountsRelease.objects.get().tables is None
    again = desk.post(f"{url}hand-over/", follow=True).text
    assert "already been released" in again
    page = desk.get(f"/staff/disclosures/{disclosure.entry}/").text
    assert "Table for release" in page
    assert "WIG-PH-STATS" in desk.get("/staff/disclosures/?agreement=WIG-PH-STATS").text
    verify_log(lambda entries: None)


def test_a_table_of_which_nothing_left_is_undone_in_the_log(desk, officer):
    url = check(desk).url
    release = CountsRelease.objects.get()
    stream = statistics_desk.hand_over(release.pk, by=officer, clock=lambda: NOON)
    stream.close()
    stream.close()
    assert events()[-3:] == ["disclosure", "cover-sheet", "hand-over-undone"]
    assert Undone.objects.get().disclosure == Disclosure.objects.get()
    page = desk.get(url).text
    assert "Nothing was released" in page
    assert "Release and download (once only)" not in page
    again = check(desk)
    assert "with this one may tell" not in desk.get(again.url).text
    verify_log(lambda entries: None)


def test_a_lost_answer_to_the_commit_is_undone_in_the_log(committed, client, monkeypatch):
    client.force_login(OfficerFactory(email="officer@example.org"))
    client.raise_request_exception = False
    url = check(client).url
    commit, log = connection._commit, statistics_desk._log
    recorded, lost = [], []

    def recording(*arguments, **more):
        recorded.append(1)
        return log(*arguments, **more)

    def losing():
        commit()
        if recorded and not lost:
            lost.append(1)
            raise OperationalError("the answer to the commit was lost")

    monkeypatch.setattr(statistics_desk, "_log", recording)
    monkeypatch.setattr(connection, "_commit", losing)
    assert client.post(f"{url}hand-over/").status_code == 500
    assert lost
    assert events()[-3:] == ["disclosure", "refusal", "hand-over-undone"]
    assert CountsRelease.objects.get().state == CountsRelease.State.VOID
    verify_log(lambda entries: None)


def test_another_officer_cannot_hand_it_over(desk, second_officer):
    url = check(desk).url
    desk.force_login(second_officer)
    assert "Release and download" not in desk.get(url).text
    desk.post(f"{url}hand-over/")
    assert not Disclosure.objects.exists()


def test_a_suspension_meanwhile_keeps_it_here(desk, officer):
    url = check(desk).url
    version = AgreementVersion.objects.get(agreement__reference="WIG-PH-STATS")
    signing.suspend(version.pk, first=DAY, last=None, note="x", by=officer, at=NOON)
    page = desk.post(f"{url}hand-over/", follow=True).text
    assert "has changed since you checked the file" in page
    assert [disclosure.outcome for disclosure in Disclosure.objects.all()] == ["refused"]
    assert CountsRelease.objects.get().tables is None


def test_a_table_of_which_less_may_be_shown_by_now_is_void_and_the_log_says_so(desk):
    """H2 The agreement hides counts below another threshold than when the table was seen."""
    url = check(desk).url
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_agreementversion DISABLE TRIGGER frozen")
        cursor.execute("UPDATE sharing_agreementversion SET threshold = 20")
        cursor.execute("ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen")
    page = desk.post(f"{url}hand-over/", follow=True).text
    assert "has changed since you checked the file" in page
    assert "Nothing was released" in page
    release = CountsRelease.objects.get()
    assert (release.state, release.tables) == (CountsRelease.State.VOID, None)
    assert not Disclosure.objects.exists()
    entry = json.loads(bytes(Entry.objects.latest("seq").body))
    assert (entry["event"], entry["release"]) == ("counts-void", str(release.pk))
    assert "not ready to release" in desk.post(f"{url}hand-over/", follow=True).text


def test_a_table_whose_hand_over_fails_is_refused_in_the_log(desk, monkeypatch):
    """H1"""

    def broken(*arguments):
        raise OSError("disk")

    url = check(desk).url
    monkeypatch.setattr(statistics_desk.counting, "permission", broken)
    desk.raise_request_exception = False
    assert desk.post(f"{url}hand-over/").status_code == 500
    entry = json.loads(bytes(Entry.objects.latest("seq").body))
    assert (entry["event"], entry["error"]) == ("refusal", "OSError")
    assert CountsRelease.objects.get().state == CountsRelease.State.CHECKED
    assert not Disclosure.objects.exists()


def test_a_row_for_each_person_is_refused_and_logged(desk):
    page = desk.get(check(desk, "UPN,Height\nP207000016049,132\n").url).text
    assert "This table cannot be released." in page
    assert "looks like a row for each person, because of: UPN" in page
    assert events()[-1] == "refusal"


def test_a_faulty_table_is_said_and_nothing_kept(desk):
    response = check(desk, "School,Girls,Total\nA,3,4\n")
    assert response.status_code == 422
    assert "the total is 4, but the numbers add up to 3" in response.text
    assert not CountsRelease.objects.exists()


def test_a_table_may_come_as_a_workbook(desk, tmp_path):
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, line in enumerate(csv.reader(io.StringIO(TABLE))):
        sheet.write_row(number, 0, [int(each) if each.isdigit() else each for each in line])
    book.close()
    file = SimpleUploadedFile("t.xlsx", path.read_bytes())
    url = desk.post("/staff/statistics/new/", {"agreement": "WIG-PH-STATS", "file": file}).url
    assert "1 number from 1 to 4 is hidden" in desk.get(url).text


def test_after_24_hours_the_true_counts_are_gone(desk):
    check(desk)
    release = CountsRelease.objects.get()
    assert statistics_desk.expire_due(at=release.expires_at) == 1
    release.refresh_from_db()
    assert (release.state, release.tables) == ("expired", None)


def test_the_roll_is_counted(example, client, officer):
    client.force_login(officer)
    response = check(client, None, rows_by="school", columns_by="sex")
    page = client.get(response.url).text
    assert "Pupils by school and sex" in page
    assert "Example High School" in page
    table = count_roll("year_group", "sex", DAY)
    assert table.grid.cells[-1][-1] == 1500
    one = count_roll("age", "sex", DAY, schools=["990001"])
    assert 0 < one.grid.cells[-1][-1] < 1500
    districts = count_roll("postcode", "home_language", DAY)
    assert set(districts.rows) <= {f"WN{n}" for n in range(1, 9)} | {"Not recorded", "Total"}
    assert districts.columns == ("Not recorded", "Total")
    rows = list(csv.reader(io.StringIO(hand_over(client, response.url))))
    assert rows[0][0] == "School"
    assert rows[-1][0] == "Total"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Select a file, or rows and columns to count"),
        ({"rows_by": "school"}, "Select both rows and columns"),
        ({"rows_by": "sex", "columns_by": "sex"}, "Rows and columns must be different"),
    ],
)
def test_what_is_missing_is_said(desk, given, said):
    response = check(desk, None, **given)
    assert response.status_code == 422
    assert said in response.text


def test_its_pages_take_few_queries(desk, django_assert_max_num_queries):
    for _ in range(3):
        url = check(desk).url
    for page in ("/staff/statistics/", "/staff/statistics/new/", url):
        with django_assert_max_num_queries(12):
            assert desk.get(page).status_code == 200


def workbook(*sheets):
    """A workbook with a table of counts on each sheet, the second row of each hidden."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, line in enumerate(csv.reader(TABLE.splitlines())):
                sheet.write_row(number, 0, [int(c) if c.isdigit() else c for c in line])
            sheet.set_row(1, None, None, {"hidden": True})
    return out.getvalue()


def test_of_several_sheets_one_is_chosen_and_warnings_are_ticked(desk):
    def send(**more):
        file = SimpleUploadedFile("t.xlsx", workbook("Autumn", "Spring"))
        answers = {"agreement": "WIG-PH-STATS", "file": file, **more}
        return desk.post("/staff/statistics/new/", answers)

    asked = send()
    assert asked.status_code == 422
    assert "Select a sheet, and the same file again" in asked.text
    assert asked.text.index('name="file"') < asked.text.index('value="Spring"')
    assert asked.text.index('value="Spring"') < asked.text.index('name="rows_by"')
    url = send(sheet="Spring").url
    page = desk.get(url).text
    assert "1 row is hidden in the workbook" in page
    assert "Select that you have checked" in desk.post(f"{url}hand-over/", follow=True).text
    assert not Disclosure.objects.exists()
    assert hand_over(desk, url).startswith("School,Girls,Boys,Total")
    assert "counts-warnings-meant" in events()
    assert "there is no sheet “Nowhere”" in send(sheet="Nowhere").text


@pytest.mark.parametrize(
    ("content", "answers", "said"),
    [
        ("", {}, "Select a file, or rows and columns to count"),
        ("", {"rows_by": "school"}, "Select both rows and columns"),
        ("", {"columns_by": "school"}, "Select both rows and columns"),
        ("", {"rows_by": "school", "columns_by": "school"}, "Rows and columns must be different"),
        (TABLE, {"rows_by": "school"}, "Select a file or count pupil records, not both"),
    ],
)
def test_a_table_comes_from_a_file_or_from_the_roll(desk, content, answers, said):
    page = check(desk, content, **answers)
    assert page.status_code == 422
    assert said in page.text
    assert not CountsRelease.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(TABLE.encode(), "must be smaller than 0MB"), (b"", "The selected file is empty")],
    ids=["too large", "empty"],
)
def test_of_a_file_that_is_not_taken_nothing_else_is_said(desk, settings, content, said):
    settings.UPLOAD_MAX_BYTES = 10
    for answers in ({}, {"rows_by": "school"}):
        file = SimpleUploadedFile("t.csv", content)
        page = desk.post(
            "/staff/statistics/new/", {"agreement": "WIG-PH-STATS", "file": file, **answers}
        )
        assert page.status_code == 422
        assert said in page.text
        for more in ("rows and columns to count", "not both", "Select both rows"):
            assert more not in page.text


def test_after_a_day_a_table_is_not_handed_over(desk, officer):
    url = check(desk).url
    release = CountsRelease.objects.get()
    statistics_desk.check_can_hand_over(
        release, officer, at=release.expires_at - timedelta(seconds=1)
    )
    with pytest.raises(NotNowError, match="expired"):
        statistics_desk.check_can_hand_over(release, officer, at=release.expires_at)
    assert statistics_desk.expire_due(at=release.expires_at) == 1
    release.refresh_from_db()
    assert release.tables is None
    assert "not ready to release" in desk.post(f"{url}hand-over/", follow=True).text
    assert not Disclosure.objects.exists()
