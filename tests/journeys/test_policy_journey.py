"""From the first administrator on an empty installation to the first agreement with a new organisation, all of
it in the browser."""

from urllib.parse import urlsplit

from tests.journeys.steps import completes_and_signs, day, link_in, sets_up_an_app

PASSWORD = "otter planet brick"


class People:
    """Those who share one browser, each signed in with cookies of their own."""

    def __init__(self, visitor):
        self.visitor, self.cookies = visitor, {}

    def come_in(self, email):
        """Follow the link of the first email, set a password and an app, and see the start page."""
        visitor, page = self.visitor, self.visitor.page
        page.context.clear_cookies()
        visitor.goes_to(link_in(visitor.portal.mail_to(email, "Set up your account"), "accounts"))
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("Type the new password again").fill(PASSWORD)
        page.get_by_role("button", name="password").last.click()
        visitor.goes_to("/accounts/login/")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        visitor.clicks("Sign in")
        sets_up_an_app(visitor)
        visitor.sees("Start something")
        self.cookies[email] = page.context.cookies()

    def turn(self, email):
        """Another of them sits down."""
        context = self.visitor.page.context
        context.clear_cookies()
        context.add_cookies(self.cookies[email])


def adds(visitor, name, email, *roles):
    """Somebody is added; returns the address of their page."""
    page = visitor.page
    visitor.goes_to("/staff/people/")
    visitor.clicks("Add a person", "button")
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Work email address").fill(email)
    for role in roles:
        page.get_by_label(role, exact=True).check()
    visitor.clicks("Add person")
    return urlsplit(page.url).path


def drafts(visitor, kind, **answers):
    """Olive drafts a new thing; returns the address of the draft."""
    page = visitor.page
    visitor.goes_to(f"/staff/policy/{kind}/")
    visitor.page.get_by_role("button", name="Add").first.click()
    visitor.looks()
    return fills(visitor, page, answers)


def fills(visitor, page, answers):
    for name, value in {**answers, "reason": "The first agreement"}.items():
        field = page.locator(f"[name={name}]")
        if name == "audience":
            page.locator(f"[name=audience][value={value}]").check()
        elif value is True:
            field.check()
        else:
            field.fill(value)
    visitor.clicks("Save draft")
    visitor.sees("Draft saved.")
    visitor.sees("You drafted this, so another approving officer must check it.")
    return urlsplit(page.url).path


def test_from_an_empty_installation_to_the_first_agreement(visitor, empty_portal, tmp_path):
    page = visitor.page
    visitor.on(empty_portal)
    people = People(visitor)

    # The first administrator, whom a command added, names the second; together they add officers.
    people.come_in("first@example.org")
    adds(visitor, "Sol Second", "second@example.org", "Administrator")
    people.come_in("second@example.org")
    people.turn("first@example.org")
    officer = ("Council officer", "Approving officer", "Notice editor")
    pages = [
        adds(visitor, name, email, *officer)
        for name, email in (
            ("Olive Officer", "olive@example.org"),
            ("Pete Partner", "pete@example.org"),
        )
    ]
    people.turn("second@example.org")
    for address in pages:
        visitor.goes_to(address)
        visitor.clicks("Agree")
        visitor.sees("Roles agreed")

    # Olive drafts the policy, and Pete puts each change in force.
    people.come_in("pete@example.org")
    people.come_in("olive@example.org")
    visitor.goes_to("/staff/policy/")
    visitor.sees("Start with the council’s details")
    visitor.goes_to("/staff/policy/council/council/")
    visitor.clicks("Enter the council’s details", "button")
    visitor.clicks("Save draft")
    visitor.sees("Enter the name")
    council = {
        "name": "Test Council",
        "la_number": "359",
        "dpo_role": "DPO",
        "enquiries_role": "Team",
    }
    council_draft = fills(visitor, page, council)
    people.turn("pete@example.org")
    visitor.goes_to("/staff/")
    visitor.sees("Changes to the policy to check")
    visitor.goes_to(council_draft)
    visitor.clicks("Put in force")
    visitor.sees("In force")

    people.turn("olive@example.org")
    upn = {"code": "pupil.upn", "label": "Unique pupil number", "audience": "pupil",
           "headings": "UPN", "identifying": True}  # fmt: skip
    agency = drafts(visitor, "organisations", name="Mersey Care", type="Health",
                    website="https://example.org")  # fmt: skip
    made = [
        drafts(visitor, "information", **upn),
        drafts(visitor, "information", label="Sex", audience="pupil", headings="Sex\nGender"),
        drafts(visitor, "purposes", label="School results and targets", audience="pupil"),
        drafts(visitor, "notices", code="pupils", title="How we use it", audience="pupil"),
    ]

    # Pete sends one back; Olive reads why and drafts it again.
    people.turn("pete@example.org")
    visitor.goes_to(agency)
    visitor.clicks("Send back", "button")
    visitor.clicks("Send back")
    visitor.sees("Enter what must be corrected")
    page.get_by_label("What must be corrected?").fill("It is called Mersey Care NHS Trust.")
    visitor.clicks("Send back")
    visitor.sees("Sent back to Olive Officer")
    for address in made:
        visitor.goes_to(address)
        visitor.clicks("Put in force")
        visitor.sees("In force")
    people.turn("olive@example.org")
    visitor.goes_to("/staff/")
    visitor.sees("Changes to the policy sent back to you")
    visitor.goes_to(agency)
    visitor.sees("It is called Mersey Care NHS Trust.")
    again = drafts(visitor, "organisations", name="Mersey Care NHS Trust", type="Health",
                   website="https://example.org")  # fmt: skip
    people.turn("pete@example.org")
    visitor.goes_to(again)
    visitor.clicks("Put in force")
    visitor.sees("In force")

    # The first agreement, and what the public reads of it.
    people.turn("olive@example.org")
    visitor.goes_to("/staff/notices/")
    visitor.clicks("Create new version of “How we use it”")
    visitor.sees("What is missing")
    visitor.goes_to("/staff/agreements/new/")
    page.get_by_label("Reference").fill("TEST-1")
    page.get_by_label("Title").fill("Results for one year")
    page.get_by_label("Organisation receiving the data").select_option("mersey-care-nhs-trust")
    page.get_by_label("Pupils").first.check()
    page.get_by_label("Controller to controller").check()
    page.get_by_label("Named: one row for each person").check()
    day(page, "starts", (1, 12, 2026))
    day(page, "ends", (30, 11, 2027))
    visitor.clicks("Create agreement")
    page.get_by_role("link", name="the purpose").click()
    visitor.looks()
    page.get_by_label("School results and targets").first.check()
    page.get_by_label("Benefits").fill("Fair targets.")
    visitor.clicks("Save")
    completes_and_signs(visitor, "Sex", tmp_path / "signed.pdf")
    visitor.sees("Dana Director, Director, 20 November 2026")
    visitor.goes_to("/staff/policy/organisations/mersey-care-nhs-trust/")
    visitor.sees("agreement TEST-1 version 1")
    for address in ("information/", "changes/", "numbers/numbers/", "letters/letters/change/",
                    "numbers/numbers/change/", "add/opt-outs/", "add/schools/",
                    "information/pupil.upn/change/"):  # fmt: skip
        visitor.goes_to(f"/staff/policy/{address}")
    visitor.goes_to("/sharing/mersey-care-nhs-trust/")
    visitor.sees("Mersey Care NHS Trust")
