"""Opting out online and what staff do with it: narrow, wide, and without JavaScript."""

import csv
import re
from itertools import count

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.steps import link_in, signs_out
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db
number = count()


def fills_in(visitor, *, who, born, name, school, person=None, email):
    """Goes from the start to the check of answers."""
    page = visitor.page
    visitor.goes_to("/opt-out/")
    visitor.clicks("Start now (opt out of sharing with Connexions)")
    page.get_by_label(who).check()
    visitor.clicks("Continue")
    for part, value in zip(("Day", "Month", "Year"), born, strict=True):
        page.get_by_label(part).fill(value)
    visitor.clicks("Continue")
    page.get_by_label("First name").fill(name[0])
    page.get_by_label("Last name").fill(name[1])
    visitor.clicks("Continue")
    page.get_by_label("School or college", exact=True).select_option(school)
    visitor.clicks("Continue")
    if person:
        page.get_by_label("Your full name").fill(person)
        page.get_by_label("What is your relationship to the pupil?").fill("Father")
    page.get_by_label("Email address").fill(email)
    visitor.clicks("Continue")
    visitor.sees("Check your answers before sending")


@pytest.mark.with_scripts
def test_a_parent_opts_out(visitor, portal, reference_form):
    """For a pupil of 10, so that what other journeys release stays as the example expects."""
    page, email = visitor.page, f"parent-{next(number)}@example.org"
    visitor.goes_to("/opt-out/")
    visitor.clicks("Start now (opt out of sharing with Connexions)")
    visitor.clicks("Continue")
    visitor.sees("There is a problem")
    page.get_by_label("The pupil’s parent or carer").check()
    visitor.clicks("Continue")
    for part, value in (("Day", "31"), ("Month", "2"), ("Year", "2016")):
        page.get_by_label(part).fill(value)
    visitor.clicks("Continue")
    visitor.sees("Date of birth must be a real date")
    fills_in(
        visitor,
        who="The pupil’s parent or carer",
        born=("12", "2", "2016"),
        name=("mia", "Adeyemi"),
        school="Hilltop Primary School",
        person="Rhys Adeyemi",
        email=email,
    )
    page.get_by_role("link", name="Change pupil’s name").click()
    expect(page.get_by_label("First name")).to_have_value("mia")
    visitor.clicks("Continue")
    visitor.clicks("Send opt-out")
    visitor.sees("Your opt-out has not started yet.")
    mail = portal.mail_to(email, "Confirm your opt-out")
    visitor.goes_to(link_in(mail, "opt-out/confirm"))
    visitor.sees("When you confirm it, your opt-out starts as soon as we have found the pupil")
    visitor.clicks("Yes, I want to opt out")
    visitor.sees("Opt-out confirmed")
    reference = page.locator(".govuk-panel strong").inner_text()
    assert reference_form.fullmatch(reference)
    told = portal.mail_to(email, "We have received your opt-out")
    visitor.goes_to(link_in(told, "opt-out/receipt"))
    visitor.clicks("Check the progress of your form", "link")
    visitor.clicks("Continue")
    visitor.sees("Enter your reference number")
    page.get_by_label("Reference number").fill(reference)
    page.get_by_label("Email address", exact=True).fill(email)
    visitor.clicks("Continue")
    visitor.sees("It starts as soon as we have found the pupil in our records.")
    visitor.goes_to(link_in(mail, "opt-out/confirm"))
    visitor.goes_to("/opt-out/confirm/nonsense/")
    visitor.sees("This link no longer works")


def test_a_pupil_of_15_is_told_to_ask_a_parent(visitor):
    page = visitor.page
    visitor.goes_to("/opt-out/")
    visitor.clicks("Start now (opt out of sharing with Connexions)")
    page.get_by_label("The pupil, if you are 16 or over").check()
    visitor.clicks("Continue")
    for part, value in (("Day", "24"), ("Month", "11"), ("Year", "2010")):
        page.get_by_label(part).fill(value)
    visitor.clicks("Continue")
    visitor.sees("Ask a parent or carer to do this")


def test_an_officer_matches_three(visitor, portal):
    """Names that are nearly those of pupils of 10, and one that is nobody's."""
    page = visitor.page
    emails = [f"unclear-{next(number)}@example.org" for _ in range(3)]
    for email, name in zip(
        emails, (("Mia", "Adeyemy"), ("Miah", "Adeyemi"), ("Nobody", "Atall")), strict=True
    ):
        fills_in(
            visitor,
            who="The pupil’s parent or carer",
            born=("12", "2", "2016"),
            name=name,
            school="Hilltop Primary School",
            person="Rhys Adeyemi",
            email=email,
        )
        visitor.clicks("Send opt-out")
        visitor.goes_to(link_in(portal.mail_to(email, "Confirm your opt-out"), "opt-out/confirm"))
        visitor.clicks("Yes, I want to opt out")
        visitor.sees("Opt-out confirmed")
    references = [
        portal.mail_to(email, "We have received").split("Your reference number: ")[1].split()[0]
        for email in emails
    ]
    portal.has_looked_for_pupils()
    visitor.goes_to("/staff/opt-outs/")
    visitor.signs_in("officer@example.org")
    for reference in references[:2]:
        visitor.goes_to(f"/staff/opt-outs/{reference}/")
        visitor.sees("Choose the pupil")
        with page.expect_navigation():
            page.get_by_role("button", name="Choose").first.click()
        visitor.looks()
        visitor.sees("Opt-out matched.")
    visitor.goes_to(f"/staff/opt-outs/{references[2]}/")
    for title in (
        "Ask the person to contact us",
        "Pass to another school or the council",
        "Reject",
    ):
        visitor.clicks(title, "link")
        visitor.goes_to(f"/staff/opt-outs/{references[2]}/")
    visitor.clicks("Close with no match", "link")
    visitor.clicks("Close")
    visitor.sees("Opt-out closed with no match.")
    assert "We need some more information" in portal.mail_to(emails[2], "Contact us about")
    visitor.goes_to(f"/staff/opt-outs/{references[2]}/")
    visitor.sees("No match")
    visitor.goes_to("/staff/opt-outs/?all=1")
    signs_out(visitor)


def ten_pupils():
    """Pupils of the example's high school whom no height-and-weight extract names."""
    named = "".join(path.read_text() for path in EXAMPLE.glob("extracts/height-weight-*.csv"))
    with (EXAMPLE / "roll.csv").open(newline="", encoding="utf-8") as roll:
        rows = [
            row
            for row in csv.DictReader(roll)
            if row["School URN"] == "990001" and row["UPN"] not in named
        ]
    return [f"{row['Surname']} {row['Forename']} {row['DOB']}" for row in rows[:10]]


@pytest.mark.with_scripts
def test_a_secretary_records_ten_forms_with_the_keyboard_alone(visitor):
    page = visitor.page
    visitor.goes_to("/staff/opt-outs/paper/")
    visitor.signs_in("school@example.org")
    visitor.sees("0 recorded in this batch.")
    visitor.clicks("Save and add another")
    visitor.sees("Enter the pupil’s name")
    visitor.goes_to("/staff/opt-outs/paper/")
    family = next(number)
    for place, words in enumerate(ten_pupils(), 1):
        page.get_by_label("Pupil", exact=True).fill(words)
        if visitor.scripts:
            expect(page.locator("input[name=pupil]")).to_have_count(1)
        else:
            visitor.clicks("Find pupil")
        visitor.sees("Is this the pupil? Check the date of birth")
        page.get_by_label("What is the form or call about?").select_option(
            "Opt out of sharing height and weight"
        )
        page.get_by_label("Name of the person who made the choice").fill(
            f"Parent {place} of family {family}"
        )
        page.get_by_label("Date signed").fill("19/11/2026")
        page.get_by_label("Date signed").press("Tab")
        with page.expect_navigation():
            page.get_by_label("Date signed").press("Enter")
        if place in (1, 10):
            visitor.looks()
        visitor.sees(f"{place} recorded in this batch.")
    visitor.clicks("Review and finish batch", "link")
    visitor.sees("There should be 10")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    visitor.looks()
    visitor.sees(f"Parent 1 of family {family} opted out")
    for address in ("second/", "told/"):
        visitor.goes_to(f"/staff/opt-outs/{address}")
    visitor.goes_to("/staff/pupils/?q=a")
    signs_out(visitor)


def test_a_parent_opts_out_with_a_letter(visitor, portal, tmp_path):
    """A secretary prints it; the family enters its code; the pupil's page shows it."""
    page, words = visitor.page, ten_pupils()[0]
    visitor.goes_to("/staff/pupils/")
    visitor.signs_in("school@example.org")
    page.get_by_label("Name, date of birth or UPN").fill(words)
    visitor.clicks("Find")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    visitor.looks()
    pupil = page.url
    visitor.clicks("Print a letter with a code", "link")
    expect(
        page.get_by_role("group", name="Who is the letter for?").get_by_role("radio")
    ).to_be_checked()
    page.get_by_label("Opt-out").select_option("Opt out of sharing height and weight")
    visitor.clicks("Create letter")
    if visitor.scripts:
        expect(page.locator("h1")).to_have_text("1 letter ready to print", timeout=30_000)
    else:
        waits_for_letters(page)
    visitor.looks()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the letters (PDF)").click()
    download.value.save_as(tmp_path / "letter.pdf")
    letter = PdfReader(tmp_path / "letter.pdf").pages[0].extract_text()
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", letter)[0]
    visitor.goes_to("/staff/letters/")
    visitor.clicks("Continue")
    visitor.sees("Year groups")
    signs_out(visitor)

    visitor.goes_to("/opt-out/")
    visitor.clicks("Use the code on your letter", "link")
    page.get_by_label("Enter the code from your letter").fill("7KM2-P49X-Q1AB-C3DE")
    visitor.clicks("Continue")
    visitor.sees("We do not recognise this code.")
    page.get_by_label("Enter the code from your letter").fill(code.lower())
    visitor.clicks("Continue")
    page.get_by_label("Your full name").fill("Letter Parent")
    page.get_by_label("What is your relationship to the pupil?").fill("Mother")
    visitor.clicks("Continue")
    visitor.sees("Check your answers before sending")
    visitor.clicks("Send")
    visitor.sees("Opt-out confirmed")
    page.goto(pupil)
    visitor.signs_in("school@example.org")
    visitor.sees("Letter Parent opted out")
    signs_out(visitor)


def waits_for_letters(page):
    """The page loads itself again until they are ready, without JavaScript too."""
    expect(page.locator("h1")).to_contain_text("ready", timeout=30_000)


def test_a_pupil_of_16_opts_out(visitor, portal):
    """One whom no extract of the example names; the school enters it in its system."""
    page, email = visitor.page, f"pupil-{next(number)}@example.org"
    fills_in(
        visitor,
        who="The pupil, if you are 16 or over",
        born=("20", "9", "2009"),
        name=("Katie", "Gaskell"),
        school="Example High School",
        email=email,
    )
    visitor.clicks("Send opt-out")
    visitor.goes_to(link_in(portal.mail_to(email, "Confirm your opt-out"), "opt-out/confirm"))
    visitor.clicks("Yes, I want to opt out")
    visitor.sees("Who made the choice")
    visitor.sees("The pupil")
    portal.has_looked_for_pupils()
    visitor.goes_to("/staff/pupils/?q=gaskell katie 20/9/2009")
    visitor.signs_in("school@example.org")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    visitor.looks()
    visitor.sees("Opted out: Katie Gaskell opted out on 23 November 2026")
    visitor.goes_to("/staff/opt-outs/work/")
    visitor.sees("Katie Gaskell")
    page.get_by_label("Entered: Katie Gaskell").first.check()
    visitor.clicks("Mark ticked as entered")
    visitor.sees("1 marked as entered.")
    signs_out(visitor)
