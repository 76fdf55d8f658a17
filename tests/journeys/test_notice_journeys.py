"""A notice from its draft to the day it applies, narrow, wide, and without JavaScript."""

import re

import pytest

from tests.example import DAY

pytestmark = pytest.mark.django_db


def signs_out(visitor):
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")


def signs_in_to(visitor, address, email):
    visitor.goes_to(address)
    visitor.signs_in(email)


def test_a_notice_is_drafted_corrected_published_by_another_and_scheduled(
    visitor, portal_on_another_day
):
    """On the staff's notice; each of the three ways writes a version of its own."""
    page = visitor.page
    signs_in_to(visitor, "/staff/notices/", "officer@example.org")
    visitor.clicks("Create new version of “How we use information about school staff”")
    number = int(re.search(r"/(\d+)/draft/", page.url)[1])
    here = f"/staff/notices/school-workforce/{number}/draft/"
    visitor.sees("Fix 2 things before you publish")

    visitor.goes_to(f"{here}publish/")
    visitor.sees("You cannot publish this yet")
    visitor.clicks("Enter the date this version comes into force.", "link")
    for part, value in (("Day", "1"), ("Month", "3"), ("Year", "2027")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_label("Summary of changes").fill(f"New words, version {number}.")
    visitor.clicks("Save")
    visitor.sees("Nothing is missing. A publisher other than the last editor can publish it.")

    visitor.goes_to(f"{here}sections/add/")
    visitor.clicks("Save")
    visitor.sees("There is a problem")
    page.get_by_label("What is this section about?").select_option("Other")
    page.get_by_label("Heading").fill(f"News {number}")
    page.get_by_label("Text", exact=True).fill("We **never** sell it.")
    visitor.clicks("Preview")
    visitor.sees("This is not saved yet.")
    visitor.clicks("Save")
    with page.expect_navigation():
        page.get_by_role("button", name=f"Move up News {number}").press("Enter")
    visitor.looks()
    visitor.sees("Order saved")
    visitor.clicks("Preview")
    visitor.sees("We never sell it.")
    visitor.goes_to(f"{here}publish/")
    visitor.sees("someone else must publish this")
    visitor.goes_to(f"{here}languages/")
    page.get_by_label("Language", exact=True).select_option(index=1)
    page.get_by_label("Title of the notice").fill("A title")
    visitor.clicks("Save")
    visitor.sees("parts to translate")
    visitor.clicks("Who we are", "link")
    for more in (
        "languages/ar/words/",
        "details/",
        "young/",
        "lines/add/",
        "discard/",
        "not-applicable/transfers/",
    ):
        visitor.goes_to(f"{here}{more}")
    signs_out(visitor)

    signs_in_to(visitor, f"{here}publish/", "second.officer@example.org")
    visitor.sees("Check the notice below.")
    visitor.sees("Not published because the translation is not complete:")
    visitor.clicks(f"Publish version {number}")
    visitor.sees("You can withdraw this version because it is not in force yet.")
    visitor.goes_to("/staff/notices/")
    signs_out(visitor)

    visitor.goes_to(f"/notices/school-workforce/versions/{number}/")
    visitor.sees("This version does not apply yet.")
    visitor.clicks(f"Compare with version {number - 1}", "link")
    visitor.sees("never sell it.")

    visitor.on(portal_on_another_day(DAY.replace(year=2027, month=3, day=1)))
    visitor.goes_to("/notices/school-workforce/")
    visitor.sees(f"Version {number}. Updated 1 March 2027.")
    visitor.sees(f"News {number}")


def test_the_public_reads_a_notice_in_every_form(visitor):
    page = visitor.page
    visitor.goes_to("/notices/pupils/")
    visitor.sees("A new version will apply from 24 November 2026")
    visitor.clicks("see what will change", "link")
    visitor.sees("What changed from version 3 to version 4")
    visitor.clicks("Version 4", "link")
    visitor.clicks("Read the short version for young people", "link")
    visitor.sees("This is a short version.")
    visitor.goes_to("/notices/pupils/versions/4/")
    visitor.clicks("Polski", "link")
    visitor.sees("Wiążący jest tekst angielski")
    visitor.clicks("English", "link")
    visitor.sees("How we use information about pupils")
    visitor.goes_to("/notices/pupils/versions/")
    for part, value in (("Day", "1"), ("Month", "1"), ("Year", "2010")):
        page.get_by_label(part, exact=True).fill(value)
    visitor.clicks("Show version")
    visitor.sees("This is an old version.")
    visitor.sees("Version 2")
    visitor.goes_to("/notices/pupils/on/?on_0=1&on_1=1&on_2=1999")
    visitor.sees("There was no version of this privacy notice on that date")


def test_withdrawing_a_version_needs_a_reason(visitor):
    signs_in_to(visitor, "/staff/notices/school-workforce/2/", "officer@example.org")
    visitor.goes_to("/staff/notices/school-workforce/2/withdraw/")
    visitor.clicks("Withdraw version 2")
    visitor.sees("Enter why you are withdrawing it")
