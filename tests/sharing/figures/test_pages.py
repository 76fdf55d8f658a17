"""The pages of figures: each number is the length of the list behind it (K1), for all who may look."""

import csv
import html
import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Recipient
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.days import months_later
from sharing.figures.counting import count_due
from sharing.figures.views import PAGES
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, PupilFactory, SchoolFactory
from tests.factories.ground import UserFactory
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a class="govuk-link" href="([^"]+)">([\d,]+)<span')
IN_CHART = re.compile(r'<a href="([^"]+)" tabindex="-1"')
LENGTH = re.compile(r">\s*([\d,]+) (?:entr(?:y|ies)|choices?)\b")
MOST_QUERIES = 10


def address(name):
    return "/staff/figures/" if name == "disclosures" else f"/staff/figures/{name}/"


def main_of(response):
    assert response.status_code == 200
    return response.text.split("<main")[1].split("</main>")[0]


def length(page):
    """How long a list is, by what it says of itself, or by its rows."""
    said = LENGTH.search(page)
    return int(said[1].replace(",", "")) if said else page.count('<th scope="row"')


def numbers(page):
    """The linked numbers of tables, by address."""
    return {html.unescape(href): int(text.replace(",", "")) for href, text in LINK.findall(page)}


@pytest.mark.parametrize("name", PAGES)
def test_each_number_is_the_length_of_its_list(figures_world, reader, name):
    """From tables and charts, with and without filters."""
    filters = {
        "disclosures": ("?months=12", "?recipient=connexions"),
        "opt-outs": ("?school=990001",),
        "agreements": ("?which=all",),
    }
    opened = 0
    for query in ("", *filters.get(name, ())):
        page = main_of(reader.get(address(name) + query))
        linked = numbers(page)
        in_chart = {html.unescape(href) for href in IN_CHART.findall(page)}
        rows = {html.unescape(href) for href in re.findall(r'href="([^"]+)"', page)}
        assert in_chart <= rows
        # Of many that are alike some, from all of the page.
        for href, number in list(linked.items())[:: 1 + len(linked) // 25]:
            if number or not opened:
                assert length(main_of(reader.get(href))) == number, href
                opened += 1
    assert opened


@pytest.mark.parametrize("name", PAGES)
def test_pages_take_few_queries_and_read_no_line_of_a_disclosure(figures_world, reader, name):
    reader.get(address(name))
    with CaptureQueriesContext(connection) as queries:
        reader.get(address(name))
    asked = [query["sql"] for query in queries]
    assert not [sql for sql in asked if "sharing_disclosureline" in sql]
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


NOTHING_YET = {
    "disclosures": 4 * ["There is nothing to show yet."],
    "opt-outs": 2 * ["There is nothing to show yet."],
    "schools": ["There are no pupils on roll that this opt-out is for."],
    "waiting": ["Nothing is waiting."],
    "deletion": ["There is no data to delete by an agreed date.", "All data to delete has a date."],
}


@pytest.mark.parametrize("name", NOTHING_YET)
def test_a_new_installation_has_pages_that_say_so(policy, reader, name):
    page = main_of(reader.get(address(name)))
    assert "<table" not in page
    assert "portal-figure" not in page
    sections = page.split("</h2>")[1:]
    assert len(sections) == len(NOTHING_YET[name])
    for section, words in zip(sections, NOTHING_YET[name], strict=True):
        assert words in section


def test_before_there_is_a_policy_there_is_nothing_to_choose_from(reader):
    for name in PAGES:
        assert "<table" not in main_of(reader.get(address(name)))
    assert "There are no opt-outs yet." in reader.get(address("schools")).text


@pytest.mark.parametrize("name", PAGES)
def test_charts_are_svg_that_the_policy_of_pages_allows(figures_world, reader, name):
    page = main_of(reader.get(address(name)))
    assert page.count('role="group"') == page.count("portal-figure-table") >= 1
    assert "style=" not in page
    assert "<style" not in page
    assert "<script" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for patterns in re.findall(r'fill="url\(#([^)]+)\)', page):
        assert patterns in ids


@pytest.mark.parametrize("name", PAGES)
def test_each_table_can_be_downloaded_as_it_is(figures_world, reader, name):
    page = main_of(reader.get(address(name)))
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+\.csv[^"]*)"', page)]
    tables = page.split("<table")[1:]
    assert len(links) == len(tables) > 0
    for link, table in zip(links, tables, strict=True):
        file = reader.get(link)
        _, *lines = csv.reader(io.StringIO(file.text))
        assert file["Content-Type"].startswith("text/csv")
        assert len(lines) == table.count('<th scope="row"')
        assert [line[0] for line in lines] == [
            html.unescape(re.sub("<[^>]+>", "", cell)).strip()
            for cell in re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table, re.DOTALL)
        ]
    downloaded = entries("file-downloaded")
    assert [entry["file"] for entry in downloaded] == ["figures"] * len(links)


def test_a_table_is_downloaded_as_its_page_is_filtered(figures_world, reader):
    page = main_of(reader.get("/staff/figures/?months=12&recipient=connexions"))
    (link,) = re.findall(r'href="([^"]+log-by-month\.csv[^"]*)"', page)
    lines = list(csv.reader(io.StringIO(reader.get(html.unescape(link)).text)))[1:]
    assert len(lines) == 12
    shown = sum(numbers(page.split("<table")[1].split("</table>")[0]).values())
    assert sum(int(cell) for line in lines for cell in line[1:]) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        "?months=7", "?recipient=nobody", "opt-outs/?scheme=nothing", "opt-outs/?school=1", "schools/?scheme=x",
        "agreements/?which=x", "nothing/", "waiting/nothing.csv", "nothing/waiting.csv",
    ],
)  # fmt: skip
def test_what_there_is_not_is_not_found(policy, reader, wrong):
    assert reader.get(f"/staff/figures/{wrong}").status_code == 404


class TestWhoLooks:
    def test_an_auditor_sees_the_numbers_and_lists_that_officers_do(
        self, figures_world, client, officer
    ):
        def shown(user, name):
            client.force_login(user)
            page = main_of(client.get(address(name)))
            words = re.sub(r"<[^>]+>", " ", page.split("</form>")[-1]).split()
            return [word for word in words if word.isdigit()], page

        auditor = UserFactory(roles=[Role.AUDITOR])
        for name in ("disclosures", "opt-outs", "schools", "agreements", "deletion"):
            own, page = shown(auditor, name)
            assert own
            assert own == shown(officer, name)[0]
            client.force_login(auditor)
            for href in list(numbers(page))[:9]:
                assert client.get(href).status_code == 200

    def test_school_staff_do_not(self, policy, client, secretary):
        client.force_login(secretary)
        assert client.get("/staff/figures/").status_code == 403
        assert "/staff/figures/" not in client.get("/staff/").text

    def test_officers_find_them_in_the_navigation(self, policy, reader):
        assert 'href="/staff/figures/"' in reader.get("/staff/").text


def test_a_name_is_text_in_a_chart(put, reader):
    hostile = "<b>Bold</b> & \"Sons\" '1'"
    put(11, 3, recipient=Recipient.objects.create(code="bold", name=hostile, position=99))
    page = main_of(reader.get("/staff/figures/"))
    assert "<b>" not in page
    assert html.escape(hostile.split(" & ")[0], quote=False) in page


def test_a_school_far_from_the_others_stands_out(policy, reader):
    for number, opted_out in enumerate((1, 2, 1, 20)):
        school = SchoolFactory(urn=f"99000{number + 1}", name=f"School {number}")
        pupils = [PupilFactory(school=school) for _ in range(40)]
        for pupil in pupils[:opted_out]:
            DecisionFactory(pupil=pupil, channel="import")
    page = main_of(reader.get("/staff/figures/schools/"))
    rows = page.split("<tbody")[1].split("<tr")[1:]
    assert "School 3" in rows[0]
    assert "Far above others" in rows[0]
    assert "50.0%" in rows[0]
    chart = page.split('class="portal-figure ')[1].split("</svg>\n")[0]
    assert "School 3: 20 of 40 pupils opted out, 50.0%, far above others" in chart
    assert chart.count('class="portal-figure__name') == 1


def test_things_wait_in_bands_by_their_age(put, reader):
    for day in (23, 16, 15, 1):
        put(11, day)
    put(1, 5)
    page = main_of(reader.get("/staff/figures/waiting/"))
    row = page.split("Disclosures to sign off</a>")[-1].split("</tr>")[0]
    assert list(numbers(row).values()) == [2, 2, 0, 1, 5]


def test_data_to_delete_is_listed_by_month(put, reader):
    put(1, 5, destroy_by=DAY - timedelta(days=1))
    put(1, 6, destroy_by=DAY + timedelta(days=1))
    put(1, 7, destroy_by=DAY + timedelta(days=40))
    lengths = {
        due: length(main_of(reader.get(f"/staff/disclosures/keeping/?due={due}")))
        for due in (
            "", "overdue", "undated", "2026-11", "2027-01", "2028-01", "before-2026-12", "after-2026-11",
            "before-2026-11", "after-2027-01",
        )
    }  # fmt: skip
    assert lengths == {
        "": 3, "overdue": 1, "undated": 0, "2026-11": 2, "2027-01": 1, "2028-01": 0, "before-2026-12": 2,
        "after-2026-11": 1, "before-2026-11": 0, "after-2027-01": 0,
    }  # fmt: skip
    for wrong in (
        "x", "2026-13", "2026-1", "0000-01", "9999-01", "2026-11-01", "before", "before-", "after-x",
        "in-2026-11", "after-2026-13", "before-2026-11-01",
    ):  # fmt: skip
        assert reader.get(f"/staff/disclosures/keeping/?due={wrong}").status_code == 404


def test_data_to_delete_long_ago_or_in_years_is_one_number_each(put, reader):
    """So the chart is as long however much there is to delete."""
    for number, months in enumerate((-40, -7, -6, 0, 18, 19, 60)):
        put(1, number + 1, destroy_by=months_later(DAY, months))
    linked = numbers(main_of(reader.get("/staff/figures/deletion/")))
    by_due = {href.split("due=")[1]: number for href, number in linked.items()}
    assert len(by_due) == 1 + 6 + 1 + 18 + 1
    there = {due: number for due, number in by_due.items() if number}
    assert there == {
        "before-2026-05": 2, "2026-05": 1, "2026-11": 1, "2028-05": 1, "after-2028-05": 2,
    }  # fmt: skip
    for due, number in there.items():
        assert length(main_of(reader.get(f"/staff/disclosures/keeping/?due={due}"))) == number


def test_a_month_of_which_no_week_was_counted_has_no_number_of_pupils(put, reader):
    """0 beside entries would say that they were about nobody."""
    put(11, 20, [uuid4()])
    row = pupils_of_november(reader)
    assert row == ["Not counted yet", "1"]
    file = reader.get("/staff/figures/disclosures/pupils-by-month.csv")
    assert "Nov 2026,Not counted yet,1" in file.text
    put(11, 2, [uuid4()])
    count_due(at=NOON)
    assert pupils_of_november(reader) == ["2", "2"]


def pupils_of_november(reader):
    table = main_of(reader.get(address("disclosures"))).split("Pupils by month")[-1]
    (row,) = re.findall(
        r"<tr(?:(?!<tr).)*?>Nov 2026<.*?</tr>", table.split("</table>")[0], re.DOTALL
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [re.sub(r"<span.*?</span>|<[^>]*>", "", cell).strip() for cell in cells]
