"""Steps that several journeys take."""

import re

from privacy_portal.signing_in.codes import code_at
from tests.factories.sharing import PDF


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


def sets_up_an_app(visitor):
    """Connect an app by its key and keep the recovery codes; returns the key and the codes."""
    page = visitor.page
    visitor.clicks("Connect an authenticator app", "button")
    page.get_by_text("I cannot scan the picture").click()
    secret = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text())[0]
    page.get_by_label("Code from your app").fill(code_at(secret, visitor.portal.now()))
    visitor.clicks("Connect")
    visitor.sees("We show these codes only once.")
    codes = page.locator(".portal-codes li").all_inner_texts()
    assert len(codes) == 10
    visitor.clicks("I have kept them", "button")
    return secret, codes


def day(page, name, on):
    for part, value in enumerate(on):
        page.locator(f"input[name={name}_{part}]").fill(str(value))


def completes_and_signs(visitor, item, paper):
    """What is missing in the draft of an agreement is added, and both signatures are recorded."""
    page = visitor.page
    for link, fields in {
        "the information that is shared": {item: None},
        "the lawful basis": {"Lawful basis": "Article 6(1)(e)", "Legal gateway": "None is needed."},
        "the outcome of the DPIA": {
            "Reference of the data protection impact assessment": "DPIA-1",
            "No high risk is left": None, "Agrees": None,
        },
        "who can see the data": {
            "Who can see the data": "x", "How the data is transferred": "x",
            "How the data is kept safe": "x", "ZIP file encrypted": None,
        },
        "the retention period": {"Retention period (months)": "12", "How the data is deleted": "x"},
        "how people can use their rights and who responds": {"How people can use": "x"},
        "what happens when the agreement ends": {"What happens at the end": "x"},
        "who signs for the council": {"For the council": "x", "For the organisation": "y"},
        "who is responsible for what": {
            "Who is responsible for what": "x", "Contact at the organisation": "x",
            "Email address of the contact": "x@example.org",
        },
    }.items():  # fmt: skip
        page.get_by_role("link", name=link).click()
        visitor.looks()
        for label, value in fields.items():
            field = page.get_by_label(label).first
            field.check() if value is None else field.fill(value)
        if link.startswith("the outcome"):
            day(page, "dpo_on", (16, 11, 2026))
        if link.startswith("what happens"):
            day(page, "review_on", (1, 6, 2027))
        visitor.clicks("Save")
    visitor.sees("get it signed by both sides")
    visitor.clicks("Record signatures", "button")
    paper.write_bytes(PDF)
    page.get_by_label("Who signed for the council?").fill("Dana Director")
    page.get_by_label("Job title of the council’s signatory").fill("Director")
    page.get_by_label("Who signed for the organisation?").fill("Hal Head")
    page.get_by_label("Job title of the organisation’s signatory").fill("Head")
    day(page, "council_on", (20, 11, 2026))
    day(page, "recipient_on", (21, 11, 2026))
    page.get_by_label("Signed agreement").set_input_files(paper)
    visitor.clicks("Record signatures", "button")
