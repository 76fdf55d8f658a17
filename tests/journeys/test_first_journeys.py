"""The first journey of each of the four users, narrow, wide, and without JavaScript."""

import csv
import json

import pytest
from playwright.sync_api import expect

from tests.example import EXTRACTS
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db


def test_the_public_reads_the_notice_and_who_gets_what(visitor):
    visitor.goes_to("/")
    visitor.clicks("Read the privacy notices", "link")
    visitor.clicks("How we use information about pupils", "link")
    visitor.sees("Version 3. Updated 1 September 2025.")
    visitor.clicks("See earlier versions", "link")
    visitor.clicks("Version 1", "link")
    visitor.sees("This is an old version. It no longer applies.")
    visitor.clicks("Read the current version", "link")
    visitor.goes_to("/sharing/")
    visitor.sees("This organisation closed on 1 April 2013")
    visitor.clicks("Connexions", "link")
    visitor.sees("WIG-CNX, version 2")
    for address in (
        "/accessibility/",
        "/privacy/",
        "/sharing/disclosures/",
        "/sharing/pct/",
        "/nope/",
    ):
        visitor.goes_to(address)


def test_school_staff_see_the_opt_outs_of_their_school(visitor):
    visitor.goes_to("/staff/opt-outs/")
    visitor.signs_in("school@example.org")
    visitor.sees("Example High School")
    visitor.goes_to("/staff/opt-outs/?all=1")
    visitor.goes_to("/staff/schools/")
    visitor.goes_to("/staff/schools/990001/connexions/on-roll/")
    visitor.goes_to("/staff/")
    visitor.sees("Sadia Secretary, school staff, Example High School")
    visitor.goes_to("/staff/releases/")
    visitor.sees("Only council officers and auditors can use this page.")
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")
    visitor.sees("How we share children’s information")


def upload(visitor, name):
    agreement, purpose = EXTRACTS[name]
    visitor.goes_to("/staff/releases/new/")
    visitor.page.get_by_label("Agreement").select_option(agreement)
    visitor.page.get_by_label("Purpose").select_option(purpose)
    visitor.page.get_by_label("Upload an extract").set_input_files(
        EXAMPLE / "extracts" / f"{name}.csv"
    )
    visitor.clicks("Check extract")
    if visitor.page.url.endswith("/headings/"):
        visitor.clicks("Check extract")
    for _ in range(150):  # as the page itself does
        if not visitor.page.get_by_role("heading", name="Checking your extract").count():
            break
        visitor.page.wait_for_timeout(200)
        visitor.asks_again()
    visitor.looks()


def test_an_officer_checks_releases_and_downloads_once(visitor, tmp_path):
    page = visitor.page
    visitor.goes_to("/staff/releases/new/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Check extract")
    visitor.sees("Select an agreement")
    upload(visitor, "alkemygold-2026-11")
    visitor.sees("Information about 389 pupils will be released. 24 of 413 rows will be withheld.")
    visitor.sees("The agreement does not cover this information.")
    page.locator("a[href*='/why/']").first.click()
    visitor.looks()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Row ")
    page.go_back()
    if (seen := page.get_by_label("I have checked the opt-outs")).count():
        seen.check()  # another journey's objection waits to be matched
    visitor.clicks("Release")
    visitor.sees("You can only download the file once")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download file (once only)").click()
    download.value.save_as(tmp_path / "out.csv")
    rows = list(csv.reader((tmp_path / "out.csv").read_text().splitlines()))
    assert rows[0] == ["Sex", "Year group", "School", "KS2 Maths"]
    assert len(rows) == 390
    page.reload()
    visitor.looks()
    visitor.sees("Handed over")
    page.get_by_role("link", name="Log entry").click()
    visitor.looks()
    visitor.sees("shared with Alkemygold Limited")
    visitor.goes_to("/staff/disclosures/")
    visitor.goes_to("/staff/releases/")
    visitor.goes_to("/staff/")


def test_special_categories_need_a_second_officer(visitor):
    visitor.goes_to("/staff/releases/new/")
    visitor.signs_in("officer@example.org")
    upload(visitor, "fft-2026-11")
    visitor.sees("Ask an approving officer to open this page")
    expect(visitor.page.get_by_role("button", name="Release")).to_have_count(0)
    address = visitor.page.url
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")
    visitor.goes_to("/staff/")
    visitor.signs_in("second.officer@example.org")
    visitor.page.goto(address)
    visitor.clicks("Approve")
    visitor.sees("Release approved")


@pytest.mark.parametrize("name", [name for name in EXTRACTS if "2026" in name])
def test_the_extracts_of_the_example_give_what_is_expected(visitor, name):
    visitor.goes_to("/staff/")
    visitor.signs_in("officer@example.org")
    upload(visitor, name)
    document = visitor.page.request.get(f"{visitor.page.url}decision.json").json()
    expected = json.loads((EXAMPLE / "extracts" / f"{name}.expected.json").read_text())
    assert document == expected
