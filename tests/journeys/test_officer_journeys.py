"""Officers in a real browser: agreements from draft to signature, tables of counts, what went by
telephone, releases from the roll."""

from itertools import count

from tests.journeys.steps import completes_and_signs, day, signs_out

number = count(1)


def test_an_agreement_is_written_and_signed(visitor, tmp_path):
    page, reference = visitor.page, f"J-{next(number)}"
    visitor.goes_to("/staff/agreements/new/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Create agreement")
    visitor.sees("Enter a reference")
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Title").fill("Analysis for one year")
    page.get_by_label("Organisation receiving the data").select_option("fft")
    page.get_by_label("Pupils").first.check()
    page.get_by_label("Controller to controller").check()
    page.get_by_label("Named: one row for each person").check()
    day(page, "starts", (1, 12, 2026))
    day(page, "ends", (30, 11, 2027))
    visitor.clicks("Create agreement")
    visitor.sees("Add these before it can be signed")
    page.get_by_role("link", name="the purpose").click()
    visitor.looks()
    page.get_by_label("School results and targets").first.check()
    page.get_by_label("Benefits").fill("Fair targets.")
    visitor.clicks("Save")
    completes_and_signs(visitor, "Sex", tmp_path / "signed.pdf")
    visitor.sees("Dana Director, Director, 20 November 2026")
    visitor.clicks("Suspend")
    page.get_by_label("Reason").fill("A breach.")
    visitor.clicks("Suspend")
    visitor.sees("with no end date")
    for address in ("/staff/agreements/", "/staff/agreements/warnings/"):
        visitor.goes_to(address)
    visitor.goes_to(f"/staff/agreements/?words={reference}")
    visitor.clicks(reference, "link")
    visitor.clicks("Create new version")
    visitor.clicks("Delete draft", "link")
    visitor.clicks("Delete draft")
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")


def test_a_table_of_statistics_and_what_was_shared_by_phone(visitor):
    page = visitor.page
    visitor.goes_to("/staff/statistics/new/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Check table")
    visitor.sees("Select an agreement")
    page.get_by_label("Agreement").select_option("WIG-PH-STATS")
    page.get_by_label("Or count pupil records").select_option("age")
    page.get_by_label("Columns").select_option("school")
    visitor.clicks("Check table")
    visitor.sees("Chart")
    visitor.goes_to("/staff/statistics/")
    visitor.goes_to("/staff/disclosures/record/")
    visitor.clicks("Continue")
    visitor.sees("Select how it was shared")
    page.get_by_label("Organisation", exact=True).select_option("fft")
    page.get_by_label("Purpose", exact=True).select_option("performance-analysis")
    day(page, "on", (20, 11, 2026))
    page.get_by_role("radio", name="Phone").check()
    page.get_by_label("Last name").check()
    page.get_by_role("textbox", name="Pupils", exact=True).fill("A359508320653")
    page.get_by_label("No date was agreed").check()
    page.get_by_label("What happened?").fill("A call.")
    visitor.clicks("Continue")
    visitor.clicks("Save record")
    visitor.sees("If people are at risk, tell the ICO by")
    page.get_by_label("Risk assessed").check()
    page.get_by_label("Details").fill("Low.")
    visitor.clicks("Save")
    page.get_by_role("link", name="Log entry").click()
    visitor.looks()
    visitor.sees("Not allowed")
    for address in (
        "/staff/incidents/", "/staff/disclosures/keeping/", "/staff/disclosures/receive/",
        "/staff/releases/override/", "/staff/releases/definitions/new/",
        "/staff/releases/definitions/", "/staff/disclosures/?outcome=refused",
    ):  # fmt: skip
        visitor.goes_to(address)
    visitor.goes_to("/staff/pupils/?q=A359508320653")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    visitor.clicks("See what we have shared about this pupil", "link")
    visitor.sees("Fischer Family Trust")
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")


def test_an_agreement_is_made_from_a_template_and_compared_with_it(visitor):
    page, reference = visitor.page, f"T-{next(number)}"
    visitor.goes_to("/staff/agreements/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Templates", "link")
    visitor.clicks("Children Act 2004, section 16LA: sharing for welfare", "link")
    visitor.sees("Check that the section is in force for both sides")
    visitor.clicks("Create an agreement from this template", "button")
    visitor.clicks("Create agreement")
    visitor.sees("Answer “Who decides for the council?”")
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Organisation receiving the data").select_option("public-health")
    page.get_by_label("Doing the council’s work").check()
    day(page, "starts", (1, 12, 2026))
    day(page, "ends", (30, 11, 2027))
    day(page, "review_on", (1, 6, 2027))
    page.get_by_label("Who decides for the council?").fill("Head of Safeguarding")
    page.get_by_label("Who decides for the organisation?").fill("Designated Nurse")
    visitor.clicks("Create agreement")
    visitor.sees("Draft created from the template")
    visitor.sees("For Wigan Council, Head of Safeguarding decides whether to share")
    page.get_by_role("link", name="Change access, transfer and security").click()
    page.get_by_label("Who can see the data").fill("Only the designated nurse.")
    visitor.clicks("Save")
    visitor.clicks("Compare with its template", "link")
    visitor.sees("terms that the template gives is different.")
    visitor.sees("Left open")
    visitor.clicks("Children Act 2004, section 16LA: sharing for welfare", "link")
    visitor.sees(f"{reference}, version 1")
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")


def test_a_certificate_of_an_organisation_ends_and_is_renewed(visitor):
    """One officer drafts what is recorded, and another puts it in force."""
    page, certificate = visitor.page, f"Certificate {next(number)}"
    reason = "It is of another organisation."

    def second_officer_agrees():
        draft = page.url.removeprefix(visitor.portal.address)
        signs_out(visitor)
        visitor.goes_to(draft)
        visitor.signs_in("second.officer@example.org")
        visitor.clicks("Put in force")
        visitor.sees("In force")
        signs_out(visitor)
        visitor.goes_to("/staff/organisations/alkemygold/")
        visitor.signs_in("officer@example.org")

    visitor.goes_to("/staff/agreements/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Organisations", "link")
    visitor.clicks("Alkemygold Limited", "link")
    visitor.clicks("Record a registration or certificate", "button")
    visitor.clicks("Save draft")
    visitor.sees("Select what it is")
    for reference, ends in (("A-1", (20, 11, 2026)), ("A-2", (1, 12, 2027))):
        page.get_by_label("Another security certificate").check()
        page.get_by_label("Name of the certificate").fill(certificate)
        page.get_by_label("Registration number or certificate reference").fill(reference)
        page.get_by_label("Issued by").fill("A laboratory")
        page.get_by_label("How did you check it?").fill("We have seen it.")
        day(page, "ends", ends)
        visitor.clicks("Save draft")
        second_officer_agrees()
        if reference == "A-1":
            visitor.sees(
                f"You cannot sign an agreement with this organisation. {certificate} ended"
            )
            visitor.goes_to("/staff/")
            visitor.sees(f"{certificate} ended on 20 November 2026")
            visitor.clicks("Alkemygold Limited", "link")
            visitor.clicks("Record a registration or certificate", "button")
    visitor.sees("Valid")
    for sees in (
        "You cannot sign an agreement with this organisation.",
        "Nothing is recorded yet.",
    ):
        visitor.clicks(f"Withdraw {certificate}", "link")
        page.get_by_label("It was recorded by mistake").check()
        page.get_by_label("Reason").fill(reason)
        visitor.clicks("Withdraw")
        second_officer_agrees()
        visitor.sees(reason)
        visitor.sees(sees)
    signs_out(visitor)
