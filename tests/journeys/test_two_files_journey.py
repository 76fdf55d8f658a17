"""Officers in a real browser: a file that shows, together with a phone call, who has opted out."""

from playwright.sync_api import expect

from tests.journeys.steps import checks_a_file, signs_out

# Opted out of Connexions, and in no extract of the example.
UPN, SURNAME = "Z359561424953", "Ó'Connor"
EXTRACT = f"UPN\tSurname\tTelephone\n{UPN}\t{SURNAME}\t01942 111111"
OFFICER, COLLEAGUE = "officer@example.org", "second.officer@example.org"


def records_a_call(visitor):
    page = visitor.page
    visitor.goes_to("/staff/disclosures/record/")
    page.get_by_label("Organisation", exact=True).select_option("connexions")
    page.get_by_label("Purpose", exact=True).select_option("performance-analysis")
    for part, value in enumerate((20, 11, 2026)):
        page.locator(f"input[name=on_{part}]").fill(str(value))
    page.get_by_role("radio", name="Phone").check()
    page.get_by_label("Phone number", exact=True).check()
    page.get_by_role("textbox", name="Pupils", exact=True).fill(UPN)
    page.get_by_label("No date was agreed").check()
    page.get_by_label("What happened?").fill("A call.")
    visitor.clicks("Continue")
    visitor.clicks("Save record")


def goes_back(visitor, address, email):
    signs_out(visitor)
    visitor.goes_to("/staff/")
    visitor.signs_in(email)
    visitor.page.goto(address)
    visitor.looks()


def test_a_second_officer_approves_what_a_file_shows_with_a_phone_call(visitor, tmp_path):
    page = visitor.page
    visitor.goes_to("/staff/")
    visitor.signs_in(OFFICER)
    records_a_call(visitor)
    address = checks_a_file(visitor, EXTRACT)
    visitor.sees("Together with what was shared before, this file shows who has opted out.")
    visitor.sees("Ask an approving officer to open this page")
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)
    goes_back(visitor, address, COLLEAGUE)
    page.get_by_role("link", name="Log entry").first.click()
    visitor.looks()
    visitor.sees("by phone")
    page.goto(address)
    visitor.clicks("Approve")
    visitor.sees("although it shows who has opted out, then approve it")
    page.get_by_label("I have looked at what was shared before").check()
    visitor.clicks("Approve")
    visitor.sees("Release approved")
    goes_back(visitor, address, OFFICER)
    if (seen := page.get_by_label("I have checked the opt-outs")).count():
        seen.check()  # another journey's opt-out waits to be matched
    visitor.clicks("Release")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download file (once only)").click()
    download.value.save_as(tmp_path / "out.csv")
    assert SURNAME in (tmp_path / "out.csv").read_text(encoding="utf-8")
    page.reload()
    page.get_by_role("link", name="Log entry").last.click()
    visitor.looks()
    visitor.sees("this shows who had opted out. Sam Second approved it.")
