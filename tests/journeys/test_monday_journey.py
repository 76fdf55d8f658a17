"""An officer's Monday: from the list of tasks through what is overdue to the last sign-off. Each number on
the start page is that of the list behind it (K1)."""

import re
import subprocess
import sys

from playwright.sync_api import expect

from tests.example import DAY
from tests.journeys.monday import OFFICER
from tests.journeys.steps import day, signs_out
from tests.places import ROOT

HOME = "/staff/"


def overdue(page):
    """What the start page says is overdue."""
    return page.locator("[aria-labelledby=tasks-overdue] li").all_inner_texts()


def task(page, words):
    return page.get_by_role("listitem").filter(has_text=words)


def number_in(text):
    return int(re.search(r"\d+", text)[0])


def entries_listed(page):
    """The number of entries that the log of disclosures says it lists: no more rows than that."""
    listed = page.get_by_role("heading", name=re.compile(r"^\d+ entr(y|ies)$"))
    number = number_in(listed.inner_text()) if listed.count() else 0
    assert page.locator("tbody tr").count() == min(number, 50)
    return number


def test_an_officer_works_off_what_waits_on_a_monday(visitor):
    page = visitor.page
    visitor.goes_to(HOME)
    visitor.signs_in(OFFICER)
    others = overdue(page)
    subprocess.run(
        [sys.executable, "-m", "tests.journeys.monday", DAY.isoformat()],
        cwd=ROOT, env=visitor.portal.environment, check=True,
    )  # fmt: skip
    visitor.goes_to(HOME)
    assert len(overdue(page)) == len(others) + 1

    confirms_a_deletion(visitor)
    answers_a_question(visitor)
    checks_again_and_signs_off(visitor)

    visitor.goes_to(HOME)
    assert overdue(page) == others
    if not others:
        expect(page.get_by_role("heading", name="Overdue")).to_have_count(0)
    expect(task(page, "Disclosures to sign off")).to_have_count(0)
    signs_out(visitor)


def confirms_a_deletion(visitor):
    page = visitor.page
    link = task(page, "Data to delete").get_by_role("link")
    number = number_in(link.inner_text())
    link.click()
    visitor.looks()
    expect(page.locator("tbody tr")).to_have_count(number)
    page.get_by_role("link", name="Record deletion").first.click()
    visitor.looks()
    day(page, "on", (20, 11, 2026))
    page.get_by_label("Who confirmed it and how?").fill("The data manager, by letter.")
    page.get_by_role("button").filter(has_text="Save").click()
    visitor.goes_to(HOME)
    left = task(page, "Data to delete").get_by_role("link")
    assert (number_in(left.inner_text()) if left.count() else 0) == number - 1


def answers_a_question(visitor):
    page = visitor.page
    visitor.goes_to("/staff/disclosures/?questions=open")
    number = entries_listed(page)
    page.locator("tbody a").first.click()
    visitor.looks()
    visitor.sees("Why so many?")
    page.get_by_label("Answer").fill("It is a whole year group.")
    visitor.clicks("Send answer")
    visitor.sees("It is a whole year group.")
    visitor.goes_to("/staff/disclosures/?questions=open")
    assert entries_listed(page) == number - 1


def checks_again_and_signs_off(visitor):
    page = visitor.page
    visitor.goes_to(HOME)
    link = task(page, "Disclosures to sign off").get_by_role("link")
    number = number_in(link.inner_text())
    link.click()
    visitor.looks()
    assert entries_listed(page) == number
    several = page.url
    checks_again(visitor)
    page.goto(several)
    while page.get_by_role("checkbox").count():
        visitor.clicks("Tick all on this page", "link")
        ticked = page.get_by_role("checkbox").count()
        assert ticked > 1
        visitor.clicks("Sign off what is ticked")
        visitor.sees(f"{ticked} entries to sign off")
        visitor.clicks(f"Sign off {ticked} entries")
        visitor.goes_to("/staff/disclosures/?signed_off=mine")
        number -= ticked
        assert entries_listed(page) == number


def checks_again(visitor):
    """The officer checks a file again before signing it off: a choice is known now, and was not then."""
    page = visitor.page
    rows = page.locator("tbody tr").filter(has=page.get_by_role("checkbox"))
    of_the_files = rows.filter(has=page.get_by_role("cell", name=re.compile(r"\b12$")))
    of_the_files.last.get_by_role("link").first.click()
    visitor.looks()
    visitor.clicks("Check this decision again", "link")
    visitor.sees("1 row would be withheld today.")
    visitor.sees("What was known then leads to what was recorded")
    expect(page.locator("tbody tr")).to_have_count(1)
    visitor.clicks("Same (11)", "link")
