"""Steps that several journeys take."""

import re


def link_in(text, part):
    return re.search(rf"https?://[^/]+(/{part}/\S+)", text)[1]


def signs_out(visitor):
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")


def waits_for(visitor, words):
    """Looks again until the job is done, as the page itself does with JavaScript."""
    for _ in range(150):
        if visitor.page.get_by_role("heading", name=words).count():
            return
        visitor.page.wait_for_timeout(200)
        visitor.page.reload()
    raise AssertionError(visitor.page.content())


def checks_a_file(visitor, rows):
    """Rows are pasted for Connexions; returns the address of the checked release."""
    page = visitor.page
    visitor.goes_to("/staff/releases/new/")
    page.get_by_label("Agreement").select_option("WIG-CNX")
    page.get_by_label("Purpose").select_option("careers-guidance")
    page.get_by_label("Or paste rows from a spreadsheet").fill(rows)
    visitor.clicks("Check extract")
    for _ in range(150):
        if not page.get_by_role("heading", name="Checking your extract").count():
            break
        page.wait_for_timeout(200)
        page.goto(page.url)
    visitor.looks()
    return page.url


def records_a_call(visitor):
    """Somebody calls: the first few things are recorded. Returns the address of the request."""
    page = visitor.page
    visitor.goes_to("/staff/requests/new/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Save")
    visitor.sees("Select how they asked")
    page.get_by_label("By phone").check()
    page.get_by_label("Time (optional)").fill("9:15am")
    page.get_by_label("Name of the organisation").fill("Example Police")
    page.get_by_label("Name of the person").fill("Pat Constable")
    visitor.clicks("Save")
    visitor.sees("Nothing can be shared before you check who asks.")
    return page.url.split("//")[1].partition("/")[2]


def answers_the_rest(visitor, request):
    page = visitor.page
    for part, fill in {
        "check": lambda: (
            page.get_by_label("We called a number").check(),
            page.get_by_label("Details").fill("The station’s public number."),
        ),
        "information": lambda: page.get_by_label("Last name").first.check(),
        "purpose": lambda: (
            page.get_by_label("What do they need it for?").fill("To find a missing child."),
            page.get_by_label("Crime or tax").check(),
            page.get_by_label("Why is this much necessary?").fill("Less would not help."),
        ),
        "view": lambda: (
            page.get_by_label("Not needed").check(),
            page.get_by_label("Their reasons").fill("The case is clear."),
        ),
        "asker": lambda: page.get_by_label("How can we reach them?").fill("pat@example.org"),
    }.items():
        visitor.goes_to(f"/{request}parts/{part}/")
        fill()
        visitor.clicks("Save")
