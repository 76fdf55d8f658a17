"""Requests of the police for data, in a real browser: one that is granted and one that is refused."""

from playwright.sync_api import expect

from tests.journeys.steps import answers_the_rest, records_a_call


def names_the_pupil(visitor, request):
    page = visitor.page
    visitor.goes_to(f"/{request}people/")
    page.get_by_label("Find a pupil").fill("Barlow 3/2/2007")
    visitor.clicks("Find pupil")
    page.get_by_role("checkbox").first.check()
    visitor.clicks("Save")


def test_a_request_of_the_police_is_granted_shared_and_answered(visitor):
    page = visitor.page
    request = records_a_call(visitor)
    names_the_pupil(visitor, request)
    answers_the_rest(visitor, request)
    visitor.clicks("Decide")
    visitor.sees("The rules allow sharing.")
    page.get_by_label("Share some or all of it").check()
    page.get_by_role("checkbox", name="Last name").check()
    page.get_by_label("Share: last name").check()
    page.get_by_label("Reasons for your decision").fill("The child may be at risk.")
    visitor.clicks("Save decision")
    visitor.sees("Share all of it")
    visitor.clicks("Record what was shared")
    page.get_by_role("radio", name="Phone").check()
    page.get_by_label("When they no longer need it").check()
    page.get_by_label("What happened?").fill("I called the detective back.")
    visitor.clicks("Save record")
    visitor.clicks("Letter: we will share the information you asked for", "link")
    expect(page.get_by_label("Text to copy into an email")).to_contain_text(
        "It is not in this letter"
    )
    visitor.goes_to(f"/{request}step/")
    page.get_by_label("Answer sent").check()
    visitor.clicks("Save")
    visitor.sees("Answered")
    page.get_by_role("link", name="Log entry").first.click()
    visitor.looks()
    visitor.sees("with Example Police by phone: last name. It was decided on request")


def test_a_request_of_the_police_is_refused_and_says_nothing_of_the_pupil(visitor):
    page = visitor.page
    request = records_a_call(visitor)
    names_the_pupil(visitor, request)
    visitor.clicks("Decide")
    page.get_by_label("Do not share").first.check()
    page.get_by_label("Reasons for your decision").fill("Nobody at the station knows of it.")
    visitor.clicks("Save decision")
    visitor.sees("Do not share")
    assert page.get_by_role("button", name="Record what was shared").count() == 0
    visitor.clicks("Letter: we cannot share the information you asked for", "link")
    letter = page.get_by_label("Text to copy into an email")
    expect(letter).to_contain_text("This does not mean that we hold, or do not hold")
    expect(letter).not_to_contain_text("Barlow")
    visitor.goes_to("/staff/requests/?status=decided")
    visitor.sees("Example Police")
