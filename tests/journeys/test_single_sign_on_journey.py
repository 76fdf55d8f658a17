"""Somebody connects their account at a real provider and signs in with it; others with their email address
do not."""

import pytest

from privacy_portal.signing_in.codes import code_at
from tests.journeys.steps import signs_out
from tests.single_sign_on import TENANT

SIGN_IN = "Sign in with your council account"
EMAIL = "administrator@example.org"


@pytest.fixture
def goes_on(visitor):
    """Go to the provider by a button of the portal, and come back as somebody."""

    def went(button, subject, tenant=TENANT, amr="pwd"):
        page = visitor.page
        page.get_by_role("button", name=button).click()
        page.wait_for_url("**/sign-in/**")
        for name, text in {
            "subject": subject, "tenant": tenant, "email": EMAIL, "amr": amr,
        }.items():  # fmt: skip
            page.get_by_label(name).fill(text)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{visitor.portal.address}/**")
        visitor.looks()

    return went


def test_single_sign_on_is_connected_used_and_kept_from_others(
    visitor, portal_with_provider, goes_on
):
    page, (portal, end_provider) = visitor.page, portal_with_provider
    visitor.on(portal)
    visitor.goes_to("/staff/")
    visitor.signs_in(EMAIL)
    visitor.goes_to("/accounts/2fa/")
    visitor.clicks("Connect single sign-on", "link")
    goes_on("Continue", "amy", amr="pwd mfa")
    visitor.sees("Connected on 23 November 2026")
    signs_out(visitor)

    # The provider knows them still, and asked for a second step.
    visitor.goes_to("/staff/people/")
    page.get_by_role("button", name=SIGN_IN).click()
    page.wait_for_url("**/staff/people/")
    visitor.sees("People")
    signs_out(visitor)

    page.context.clear_cookies()
    visitor.goes_to("/accounts/login/")
    goes_on(SIGN_IN, "amy", tenant="another-council", amr="pwd mfa")
    visitor.sees("We could not sign you in")
    page.context.clear_cookies()
    visitor.goes_to("/accounts/login/")
    goes_on(SIGN_IN, "eve", amr="pwd mfa")
    visitor.sees("We do not know this account")
    visitor.goes_to("/staff/")
    visitor.sees("Sign in")

    # Without a second step at the provider, that of the portal is asked for.
    page.context.clear_cookies()
    visitor.goes_to("/accounts/login/")
    goes_on(SIGN_IN, "amy")
    visitor.sees("Enter a code")
    portal.forgets_codes()
    page.get_by_label("Code").fill(code_at(portal.sign_ins[EMAIL][1], portal.now()))
    visitor.clicks("Continue")
    visitor.goes_to("/accounts/2fa/")
    visitor.clicks("Disconnect single sign-on", "link")
    visitor.clicks("Disconnect")
    visitor.sees("Not connected")

    page.context.clear_cookies()
    end_provider()
    visitor.goes_to("/accounts/login/")
    page.get_by_role("button", name=SIGN_IN).click()
    visitor.sees("Single sign-on is not working")
    visitor.looks()
