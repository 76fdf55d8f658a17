"""A pupil objects, an officer decides; the roll is imported: narrow, wide, and without JavaScript."""

from itertools import count

import pytest
from stdnum.gb.upn import calc_check_digit

from tests.journeys.steps import link_in, signs_out, waits_for
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
number = count()


def test_a_pupil_of_10_objects_and_an_officer_decides(visitor, portal):
    page, email = visitor.page, f"objects-{next(number)}@example.org"
    visitor.goes_to("/sharing/lancashire-cc/")
    with page.expect_navigation():
        page.get_by_role("link", name="Object to sharing for").first.click()
    visitor.looks()
    visitor.clicks("Continue")
    visitor.sees("There is a problem")
    page.get_by_label("The pupil", exact=True).check()
    visitor.clicks("Continue")
    for part, value in (("Day", "12"), ("Month", "2"), ("Year", "2016")):
        page.get_by_label(part).fill(value)
    visitor.clicks("Continue")
    page.get_by_label("First name").fill("Mia")
    page.get_by_label("Last name").fill("Adeyemi")
    visitor.clicks("Continue")
    page.get_by_label("School or college", exact=True).select_option("Hilltop Primary School")
    visitor.clicks("Continue")
    visitor.sees("Why do you object?")
    page.get_by_label("Tell us about").fill("We do not want it.")
    visitor.clicks("Continue")
    page.get_by_label("Email address").fill(email)
    visitor.clicks("Continue")
    visitor.sees("We do not want it.")
    visitor.clicks("Send objection")
    visitor.sees("Your objection has not started yet.")
    mail = portal.mail_to(email, "Confirm your objection")
    visitor.goes_to(link_in(mail, "opt-out/confirm"))
    visitor.clicks("Yes, I object")
    visitor.sees("Objection confirmed")
    portal.mail_to(email, "We have received your objection")
    portal.has_looked_for_pupils()

    visitor.goes_to("/staff/opt-outs/objections/")
    visitor.signs_in("officer@example.org")
    with page.expect_navigation():
        page.get_by_role("link", name="Mia Adeyemi").last.click()
    visitor.looks()
    visitor.sees("Decision due by")
    visitor.clicks("Save decision and tell the person")
    visitor.sees("Select your decision")
    page.get_by_label("Do not uphold").check()
    page.get_by_label("Reasons").fill("It is needed to plan school places.")
    visitor.clicks("Save decision and tell the person")
    visitor.sees("Decision saved.")
    told = portal.mail_to(email, "Our decision on your objection")
    assert "It is needed to plan school places." in told
    page.get_by_label("How and when did you tell the person").fill("By email, and by phone")
    visitor.clicks("Mark as told")
    visitor.sees("The objection ends on")
    page.get_by_label("Uphold – stop sharing").check()
    page.get_by_label("Reasons").fill("The person called. They are right.")
    visitor.clicks("Save decision and tell the person")
    visitor.goes_to("/staff/opt-outs/objections/?all=1")
    signs_out(visitor)


def test_the_roll_is_looked_at_and_imported(visitor, tmp_path):
    page, digits = visitor.page, f"3599400{next(number):05}"
    upn = calc_check_digit(digits) + digits
    school = {"School URN": "990004", "School": "Hilltop Primary School"}
    row = pupil_row(
        UPN=upn, Forename="Nova", Surname=f"Newly{upn[-4:]}", DOB="2021-03-04", **school
    )
    good, bad = tmp_path / "roll.csv", tmp_path / "bad.csv"
    good.write_text(f"{ROLL_HEADINGS}\r\n{row}", encoding="utf-8")
    bad.write_text(f"{ROLL_HEADINGS}\r\n{row.replace(upn, 'X')}", encoding="utf-8")
    visitor.goes_to("/staff/pupils/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Import pupils", "link")
    visitor.clicks("Check file")
    visitor.sees("Select a file")
    for file, sees in ((bad, "There are errors in your file"), (good, "Check the changes")):
        visitor.goes_to("/staff/roll/")
        page.get_by_label("File of pupils", exact=True).set_input_files(file)
        visitor.clicks("Check file")
        waits_for(visitor, sees)
        visitor.looks()
    page.get_by_text("Added: 1").click()
    visitor.sees(f"Nova Newly{upn[-4:]}")
    visitor.clicks("Import pupils")
    waits_for(visitor, "Pupils imported")
    visitor.goes_to("/staff/roll/schools/")
    visitor.goes_to("/staff/roll/merge/")
    page.get_by_label("Current UPN").fill(upn)
    page.get_by_label("UPN of the duplicate record").fill("A359508320653")
    visitor.clicks("Compare")
    visitor.sees("a second officer has to agree")
    visitor.clicks("Ask a second officer")
    visitor.sees("Enter how you know")
    signs_out(visitor)
