"""What every response tells the browser besides its page."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from notices.models import Contact
from privacy_portal.ground import days
from privacy_portal.headers import is_private
from tests.places import ROOT

pytestmark = pytest.mark.django_db


def test_pages_of_staff_and_those_behind_a_secret_are_never_kept(client, officer, policy):
    token = "a" * 43
    for address in ("/accounts/login/", f"/opt-out/receipt/{token}/", "/staff/nowhere/"):
        assert client.get(address)["Cache-Control"] == "no-store"
    client.force_login(officer)
    assert client.get("/staff/")["Cache-Control"] == "no-store"


def test_a_page_that_does_not_say_it_is_public_is_not_kept_either(client, policy):
    assert client.get("/opt-out/status/")["Cache-Control"] == "no-store"
    assert client.get("/nowhere/")["Cache-Control"] == "no-store"
    assert client.get("/privacy/")["Cache-Control"].startswith("public")


def test_who_ends_emails_by_a_reference_is_not_kept(rf, client, policy):
    response = client.get(reverse("subscribe-end", args=["00000000-0000-0000-0000-000000000000"]))
    assert is_private(response.wsgi_request)
    assert not is_private(client.get("/privacy/").wsgi_request)


def test_the_browser_forgets_the_portal_at_sign_out(client, officer):
    client.force_login(officer)
    assert "Clear-Site-Data" not in client.get("/staff/")
    assert "Clear-Site-Data" not in client.get(reverse("account_logout"))
    assert (
        client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    )
    assert client.get("/staff/").status_code == 302


def test_a_form_of_another_site_clears_nothing(officer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    refused = client.post(reverse("account_logout"))
    assert refused.status_code == 403
    assert "Clear-Site-Data" not in refused
    assert client.get("/staff/").status_code == 200


def test_no_page_uses_what_browsers_offer(client, policy):
    allowed = client.get("/")["Permissions-Policy"]
    assert "geolocation=(), " in allowed
    assert "camera=()" in allowed
    assert "*" not in allowed


def test_a_weakness_is_reported_to_the_data_protection_officer(client, policy, settings):
    address = "/.well-known/security.txt"
    assert client.get(address).status_code == 404
    Contact.objects.filter(kind="dpo").update(email="dpo@council.example.org")
    lines = dict(line.split(": ", 1) for line in client.get(address).text.splitlines())
    assert lines["Contact"] == "mailto:dpo@council.example.org"
    assert lines["Canonical"].endswith(address)
    assert lines["Expires"][:10] == f"{days.today() + timedelta(days=180)}"
    settings.SECURITY_CONTACT = "https://council.example.org/security"
    assert "Contact: https://council.example.org/security\n" in client.get(address).text


def test_cookies_belong_to_this_host_alone_and_end_with_the_browser(tmp_path):
    """Settings of an installation: the example's are for a machine without TLS."""
    asked = (
        "import json; from django.conf import settings as s; print(json.dumps([s.SESSION_COOKIE_NAME, "
        "s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_AGE, s.SESSION_COOKIE_DOMAIN]))"
    )
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "privacy_portal.settings", "PORTAL_EXAMPLE": "false",
        "SECRET_KEY": "x" * 50, "PORTAL_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    assert json.loads(done.stdout) == ["__Host-session", "__Host-csrf", True, None, None]


def test_the_privacy_page_names_the_cookies(client, policy, settings):
    page = client.get("/privacy/").text
    assert settings.SESSION_COOKIE_NAME in page
    assert settings.CSRF_COOKIE_NAME in page
