"""People are added by two, set themselves up, lose a phone, leave; and sign in with a passkey."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from privacy_portal.signing_in.codes import code_at
from tests.journeys.steps import link_in, sets_up_an_app, signs_out

PASSWORD = "otter planet brick"


def enters(visitor, email, password, code):
    """Sign in with a password and a code, or the sign-in page's words where that is not enough."""
    page = visitor.page
    visitor.goes_to("/accounts/login/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    visitor.clicks("Sign in")
    visitor.portal.forgets_codes()
    page.get_by_label("Code").fill(code)
    visitor.clicks("Continue")


def signs_in_as(visitor, email):
    visitor.goes_to("/staff/")
    visitor.signs_in(email)


def test_an_officer_is_added_by_two_people_and_leaves(visitor):
    page, portal = visitor.page, visitor.portal
    email = f"olga-{visitor.scripts}-{page.viewport_size['width']}@example.org".lower()
    signs_in_as(visitor, "administrator@example.org")
    visitor.clicks("People", "link")
    visitor.clicks("Add a person", "button")
    page.get_by_label("Full name").fill("Olga Officer")
    page.get_by_label("Work email address").fill(email)
    page.get_by_label("Council officer").check()
    visitor.clicks("Add person")
    visitor.sees("once a second person agrees")
    address = urlsplit(page.url).path
    signs_out(visitor)
    signs_in_as(visitor, "second.officer@example.org")
    visitor.sees("Roles to agree to")
    visitor.goes_to(address)
    visitor.clicks("Agree")
    visitor.sees("Roles agreed")
    signs_out(visitor)

    visitor.goes_to(link_in(portal.mail_to(email, "Set up your account"), "accounts"))
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Type the new password again").fill(PASSWORD)
    page.get_by_role("button", name="password").last.click()
    visitor.goes_to("/accounts/login/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.clicks("Sign in")
    visitor.sees("Set up a second step")
    _, codes = sets_up_an_app(visitor)
    visitor.sees("Olga Officer, council officer")
    signs_out(visitor)

    # The phone is lost: a recovery code helps once, then an administrator.
    enters(visitor, email, PASSWORD, codes[0])
    visitor.sees("Your tasks")
    signs_out(visitor)
    enters(visitor, email, PASSWORD, codes[0])
    visitor.sees("has been used")
    visitor.clicks("Sign in as somebody else")
    signs_in_as(visitor, "administrator@example.org")
    visitor.goes_to(address)
    visitor.clicks("Reset second step (phone lost)")
    visitor.clicks("Reset")
    visitor.sees("will set up a new second step")
    signs_out(visitor)
    assert "reset by an administrator" in portal.mail_to(email, "Your sign-in has changed")
    visitor.goes_to("/accounts/login/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.clicks("Sign in")
    sets_up_an_app(visitor)
    visitor.sees("Your tasks")

    # She leaves while she is signed in: the next page asks her to sign in, and she cannot.
    cookies = page.context.cookies()
    page.context.clear_cookies()
    signs_in_as(visitor, "administrator@example.org")
    visitor.goes_to(address)
    visitor.clicks("Deactivate", "button")
    visitor.clicks("Deactivate")
    visitor.sees("can no longer sign in")
    signs_out(visitor)
    page.context.add_cookies(cookies)
    visitor.goes_to("/staff/")
    visitor.sees("Sign in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.clicks("Sign in")
    visitor.sees("There is a problem")


@pytest.mark.parametrize("width", [320, 1280])
def test_somebody_signs_in_with_a_passkey_alone(browser, portal, width):
    """With Chromium's virtual authenticator; a passkey belongs to a name, not to a number."""
    here = portal.address.replace("127.0.0.1", "localhost")
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=here)
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }})["authenticatorId"]  # fmt: skip
    password, secret = portal.sign_ins["head.of.data@example.org"]
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill("head.of.data@example.org")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    portal.forgets_codes()
    page.get_by_label("Code").fill(code_at(secret, portal.now()))
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main")).to_contain_text("Your tasks")
    page.goto("/accounts/2fa/")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name of this passkey").fill(f"Laptop {width}")
    page.get_by_role("button", name="Add passkey").click()
    main = page.locator("main")
    page.wait_for_url(re.compile(r"/2fa/(recovery-codes/)?$"))
    page.goto("/accounts/2fa/")
    expect(main).to_contain_text(f"Laptop {width}")

    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(main).to_contain_text("Your tasks")

    # Somebody whose finger the device does not know gets no further.
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto("/accounts/login/")
    problem = page.get_by_text("Your passkey could not be used")
    expect(problem).to_be_hidden()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(problem).to_be_visible()
    context.close()
