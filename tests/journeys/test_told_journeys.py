"""Being told of changes, and telling the council of a mistake: narrow, wide, without JavaScript."""

import re
from itertools import count

import pytest

from tests.journeys.steps import link_in, signs_out

pytestmark = pytest.mark.django_db
number = count()


def test_somebody_is_told_of_changes_and_stops_it(visitor, portal):
    page, email = visitor.page, f"reader{next(number)}@example.org"
    visitor.goes_to("/notices/school-workforce/")
    visitor.clicks("Get emails when this privacy notice changes", "link")
    visitor.clicks("Continue")
    visitor.sees("Enter your email address")
    page.get_by_label("Email address").fill(email)
    visitor.clicks("Continue")
    visitor.sees("Check your email")

    mail = portal.mail_to(email, "Confirm that you want emails")
    visitor.goes_to(link_in(mail, "subscribe/confirm"))
    visitor.sees("Confirm that you want these emails")
    visitor.clicks("Yes, send me these emails")
    visitor.sees("You are subscribed")

    version = publishes_the_next_version(visitor)
    told = portal.mail_to(email, "How we use information about school staff")
    assert f"(version {version})" in told
    assert "It will apply from 1 March 2027." in told
    visitor.goes_to(link_in(told, "notices"))
    visitor.sees(f"Version {version}")
    visitor.goes_to(link_in(told, "subscribe/end"))
    visitor.clicks("Unsubscribe")
    visitor.sees("You have unsubscribed")
    visitor.goes_to(link_in(mail, "subscribe/confirm"))
    visitor.sees("This link no longer works")


def publishes_the_next_version(visitor):
    """One officer writes it, the other publishes it; returns its number."""
    page = visitor.page
    visitor.goes_to("/staff/notices/")
    visitor.signs_in("officer@example.org")
    visitor.clicks("Create new version of “How we use information about school staff”")
    version = int(re.search(r"/(\d+)/draft/", page.url)[1])
    here = f"/staff/notices/school-workforce/{version}/draft/"
    visitor.goes_to(f"{here}details/")
    for part, value in (("Day", "1"), ("Month", "3"), ("Year", "2027")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_label("Summary of changes").fill("Clearer words.")
    visitor.clicks("Save")
    visitor.sees("Changes saved")
    signs_out(visitor)
    visitor.goes_to(f"{here}publish/")
    visitor.signs_in("second.officer@example.org")
    visitor.clicks(f"Publish version {version}")
    visitor.sees("it is not in force yet")
    signs_out(visitor)
    return version


def test_a_mistake_is_reported_and_answered(visitor, portal):
    page, email = visitor.page, f"reporter{next(number)}@example.org"
    visitor.goes_to("/report/")
    visitor.clicks("Start now")
    visitor.clicks("Continue")
    visitor.sees("Select what you want to do")
    page.get_by_label("Correct information you hold about someone").check()
    visitor.clicks("Continue")
    page.get_by_label("A child I look after").check()
    visitor.clicks("Continue")
    page.get_by_label("Full name of the person").fill("Ella Barlow")
    visitor.clicks("Continue")
    page.get_by_label("What is wrong?").fill("Her address is wrong.\nShe moved in May.")
    visitor.clicks("Continue")
    page.get_by_label("Your full name").fill("Ben Barlow")
    page.get_by_label("Email address").fill(email)
    visitor.clicks("Continue")
    visitor.sees("Check your answers before sending")
    visitor.clicks("Send")
    visitor.sees("Message sent")
    visitor.sees("23 December 2026")
    reference = page.locator(".govuk-panel strong").inner_text()
    assert reference in portal.mail_to(email, "We have received")

    visitor.goes_to("/staff/reports/")
    visitor.signs_in("officer@example.org")
    visitor.clicks(reference, "link")
    visitor.sees("She moved in May.")
    visitor.clicks("Assign to me")
    visitor.sees("Assigned to you.")
    visitor.clicks("Reply", "link")
    visitor.clicks("Send reply")
    visitor.sees("Select an outcome")
    page.get_by_label("Upheld", exact=True).check()
    page.get_by_label("Reply", exact=True).fill("We asked the school, and changed it.")
    visitor.clicks("Send reply")
    visitor.sees("Reply sent")
    assert "We asked the school, and changed it." in portal.mail_to(email, "Our reply")
    for address in ("/staff/reports/?answered=1", "/staff/mails/", "/staff/outbox/", "/staff/"):
        visitor.goes_to(address)
