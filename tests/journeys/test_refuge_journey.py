"""A mother and her child live in a refuge: the roll says so, and their address is nowhere.

The served portal fails on any response, mail or PDF that tells where they are (`tests.nowhere`).
"""

from itertools import count

import pytest
from playwright.sync_api import expect
from stdnum.gb.upn import calc_check_digit

from tests import nowhere
from tests.journeys.steps import answers_the_rest, records_a_call, signs_out, waits_for
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
SCHOOL = "Example High School"
number = count()


def test_a_child_in_a_refuge_is_found_by_nobody(visitor, tmp_path):
    digits = f"3599401{next(number):05}"
    upn = calc_check_digit(digits) + digits
    name = f"Refuge{upn[-5:]}"
    the_school_imports_its_roll(visitor, tmp_path, upn, name)
    address = an_officer_looks(visitor, upn, name)
    a_file_leaves_her_out(visitor, upn, name)
    a_request_by_phone_shows_nothing(visitor, upn, name)
    the_family_asks_what_was_shared(visitor, address)


def the_school_imports_its_roll(visitor, tmp_path, upn, name):
    page = visitor.page
    row = pupil_row(
        UPN=upn, Surname=name, DOB="2011-05-05", Address=nowhere.ADDRESS, Postcode=nowhere.POSTCODE,
        **{
            "Parent name": nowhere.PARENT, "Parent address": nowhere.PARENT_ADDRESS,
            "Parent email": nowhere.EMAIL,
        },
    )  # fmt: skip
    roll = tmp_path / "roll.csv"
    roll.write_text(f"{ROLL_HEADINGS},Protected\r\n{row.strip()},yes\r\n", encoding="utf-8")
    visitor.goes_to("/staff/roll/")
    visitor.signs_in("school@example.org")
    page.get_by_label("File of pupils", exact=True).set_input_files(roll)
    visitor.clicks("Check file")
    waits_for(visitor, "Check the changes")
    visitor.sees("Newly protected")
    visitor.clicks("Import pupils")
    waits_for(visitor, "Pupils imported")
    visitor.goes_to("/staff/pupils/news/")
    visitor.sees(f"Ella {name}")
    visitor.goes_to(f"/staff/pupils/?q={name}")
    visitor.clicks(f"Ella {name}", "link")
    visitor.sees(SCHOOL)
    visitor.sees("Protected")
    expect(page.get_by_role("link", name="Print a letter with a code")).to_have_count(0)
    signs_out(visitor)


def an_officer_looks(visitor, upn, name):
    page = visitor.page
    visitor.goes_to(f"/staff/pupils/?q={upn}")
    visitor.signs_in("officer@example.org")
    visitor.sees("Not shown")
    expect(page.locator("main")).not_to_contain_text(SCHOOL)
    visitor.clicks(f"Ella {name}", "link")
    address = page.url.split("//")[1].partition("/")[2]
    expect(page.locator("main")).not_to_contain_text(SCHOOL)
    visitor.clicks("See the protection", "link")
    visitor.clicks("See where this pupil is", "link")
    visitor.clicks("Show the details")
    visitor.sees("Enter why you need to see these details")
    page.get_by_label("Why do you need").fill("Her social worker asks.")
    visitor.clicks("Show the details")
    visitor.sees(nowhere.ADDRESS)
    return f"/{address}"


def a_file_leaves_her_out(visitor, upn, name):
    page = visitor.page
    visitor.goes_to("/staff/releases/new/")
    page.get_by_label("Agreement", exact=True).select_option("WIG-CNX")
    page.get_by_label("Purpose", exact=True).select_option(index=1)
    page.get_by_text("Paste rows").click() if page.get_by_text("Paste rows").count() else None
    page.locator("textarea[name=pasted]").fill(f"UPN\tSurname\tTelephone\n{upn}\t{name}\t01942 1\n")
    visitor.clicks("Check extract")
    for _ in range(150):
        if not page.get_by_role("heading", name="Checking your extract").count():
            break
        page.wait_for_timeout(200)
        page.goto(page.url)
    visitor.looks()
    visitor.sees("The pupil must not be found.")
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Allow this row")).to_have_count(0)


def a_request_by_phone_shows_nothing(visitor, upn, name):
    page = visitor.page
    signs_out(visitor)
    request = records_a_call(visitor)
    visitor.goes_to(f"/{request}people/")
    page.get_by_label("Find a pupil").fill(upn)
    visitor.clicks("Find pupil")
    expect(page.locator("main")).not_to_contain_text(SCHOOL)
    page.get_by_role("checkbox").first.check()
    visitor.clicks("Save")
    answers_the_rest(visitor, request)
    visitor.clicks("Decide")
    visitor.sees(name)
    page.get_by_label("Do not share").first.check()
    page.get_by_label("Reasons for your decision").fill("She must not be found.")
    visitor.clicks("Save decision")
    visitor.clicks("Letter: we cannot share the information you asked for", "link")
    expect(page.get_by_label("Text to copy into an email")).not_to_contain_text(name)


def the_family_asks_what_was_shared(visitor, address):
    page = visitor.page
    visitor.goes_to(f"{address}disclosures/")
    visitor.sees("an approving officer must agree")
    expect(page.get_by_role("link", name="Download (CSV)")).to_have_count(0)
    visitor.clicks("Ask an approving officer")
    visitor.sees("Asked. You can download the list")
    signs_out(visitor)
    visitor.goes_to(f"{address}disclosures/")
    visitor.signs_in("second.officer@example.org")
    visitor.clicks("Answer", "link")
    page.get_by_label("Yes").check()
    visitor.clicks("Save")
    visitor.sees("Saved.")
    signs_out(visitor)
