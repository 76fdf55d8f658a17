"""An amendment in a real browser: an officer makes and hands it over, the organisation confirms it (H6)."""

from itertools import count

import psycopg
from playwright.sync_api import expect

from tests.journeys.steps import link_in, signs_out

number = count(1)
PUPIL = "Q359266107294"


def waits_for_the_check(visitor):
    for _ in range(150):  # as the page itself does
        if not visitor.page.get_by_role("heading", name="Checking your extract").count():
            break
        visitor.page.wait_for_timeout(200)
        visitor.asks_again()
    visitor.looks()


def releases_and_downloads(visitor):
    page = visitor.page
    if (seen := page.get_by_label("I have checked the opt-outs")).count():
        seen.check()  # another journey's opt-out waits to be matched
    visitor.clicks("Release")
    with page.expect_download():
        page.get_by_role("button", name="Download file (once only)").click()
    page.reload()
    visitor.looks()
    visitor.sees("Send the cover sheet with the file")


def mail_about(visitor, entry):
    """The email about the file with this log entry; another journey's may have come before."""
    mail = ""
    visitor.portal.does_what_is_due()
    for _ in range(450):
        mail = visitor.portal.mail_to("data@example.org", "Changes to data we shared with you")
        if f"log entry {entry})" in mail:
            break
        visitor.page.wait_for_timeout(200)
    return mail


def test_an_amendment_is_made_handed_over_and_confirmed(visitor):
    page = visitor.page
    visitor.goes_to("/staff/releases/new/")
    visitor.signs_in("officer@example.org")
    page.get_by_label("Agreement").select_option("WIG-FFT")
    page.get_by_label("Purpose").select_option("performance-analysis")
    if visitor.scripts and (more := page.get_by_text("paste", exact=False)).count():
        more.first.click()
    page.locator("textarea[name=pasted]").fill(f"UPN\tPostcode\n{PUPIL}\tWN3 6AA")
    visitor.clicks("Check extract")
    waits_for_the_check(visitor)
    releases_and_downloads(visitor)

    postcode = f"WN9 {next(number)}AA"
    with psycopg.connect(visitor.portal.environment["DATABASE_URL"]) as database:
        database.execute(
            "UPDATE consent_pupil SET postcode = %s FROM consent_pupilupn number "
            "WHERE number.pupil_id = consent_pupil.id AND number.upn = %s",
            [postcode, PUPIL],
        )
    visitor.goes_to("/staff/amendments/")
    visitor.clicks("Look for changes now")
    visitor.sees("WIG-FFT")
    visitor.clicks("WIG-FFT", "link")
    visitor.sees("Something that we shared has changed")
    amendment = page.url
    visitor.clicks("Make the file")
    waits_for_the_check(visitor)
    visitor.sees("The organisation will be told about changes for 1 pupil.")
    release = page.url
    signs_out(visitor)

    visitor.goes_to("/staff/")
    visitor.signs_in("second.officer@example.org")
    page.goto(release)
    visitor.clicks("Approve")
    signs_out(visitor)

    visitor.goes_to("/staff/")
    visitor.signs_in("officer@example.org")
    page.goto(release)
    releases_and_downloads(visitor)
    visitor.sees("The organisation was told about changes for 1 pupil.")

    entry = page.get_by_role("link", name="Log entry").first.inner_text()
    mail = mail_about(visitor, entry.removeprefix("Log entry "))
    assert postcode not in mail
    page.goto(amendment)
    visitor.looks()
    visitor.sees("The organisation has not confirmed the changes yet")
    visitor.goes_to("/staff/amendments/?which=sent")
    signs_out(visitor)

    link = link_in(mail, "amendments")
    visitor.goes_to(link)
    visitor.sees("Confirm that you have made the changes")
    page.get_by_label("Who made the changes?").fill("Data team")
    visitor.clicks("Confirm that we have made the changes")
    expect(page.locator("h1")).to_contain_text("Changes confirmed")
    visitor.goes_to(link)
    visitor.sees("These changes are already confirmed")
    visitor.goes_to("/amendments/nothing/")
    visitor.sees("This link does not work")
