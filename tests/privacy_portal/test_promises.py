"""Promises about the whole: who may open what, what is only added to, what is documented."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.apps import apps

from consent.models import School, SchoolStaff
from privacy_portal.ground.log.append_only import APPEND_ONLY
from tests.addresses import GUARDS, OWN, PUBLIC, address, patterns
from tests.forms import send_opt_out
from tests.measuring import MEASURED
from tests.places import ROOT

MUTABLE = {
    "accounts.User", "accounts.KnownBrowser", "accounts.ConnectedAccount", "accounts.RoleProposal", "log.Head", "log.Salt", "notices.Controller", "notices.Contact", "notices.Item",
    "notices.ItemHeading", "notices.Purpose", "notices.Recipient", "notices.Notice",
    "notices.NoticeVersion", "notices.Section", "notices.NamedRecipient", "notices.NamedPurpose",
    "notices.NamedItem", "notices.NotApplicable", "notices.Translation", "notices.TranslatedSection", "public_pages.Stamp", "mail.Message", "limits.Attempt", "stalled.StalledJob", "limits.Alarm", "terms.PolicyNumber", "terms.PolicyText",
    "notices.Subscriber", "notices.SubscriptionRequest", "notices.Report", "notices.ReportStep",
    "consent.Scheme", "consent.SchemePurpose", "consent.BasicItem",
    "consent.School", "consent.SchoolStaff", "consent.Pupil", "consent.PupilUpn", "consent.PupilChange", "consent.FormerName", "consent.RollContact", "consent.RollUpload", "consent.WaitingMove", "consent.PupilNews", "consent.MergedUpn",
    "consent.UnconfirmedOptOut", "consent.RequestToMatch", "consent.SecondLook", "consent.LetterRun", "consent.LetterCode", "consent.Telling",
    "sharing.Agreement", "sharing.AgreementVersion", "sharing.Suspension",
    "sharing.AgreedPurpose", "sharing.AgreedItem", "sharing.Release", "sharing.AmendmentLink", "sharing.Finding", "sharing.HeadingAssignment", "sharing.CountsRelease", "sharing.ReleaseDefinition", "sharing.AgreementTemplate", "sharing.TemplateUse", "sharing.TwoFilesTerm", "sharing.UnsignedDisclosure", "sharing.DueDeletion", "sharing.DueDeletionCount", "sharing.UncountedSignOff", "sharing.SavedFilter",
}  # fmt: skip


def test_every_address_says_whom_it_is_for():
    assert {pattern.name for pattern in patterns()} == PUBLIC | OWN | set(GUARDS)
    for pattern in patterns():
        assert getattr(pattern.callback, "guarded_by", None) == GUARDS.get(pattern.name), (
            pattern.name
        )


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted({*GUARDS, *OWN}))
def test_a_stranger_is_asked_to_sign_in(client, name):
    for response in (client.get(address(name)), client.post(address(name))):
        assert response.status_code in (302, 405)
        if response.status_code == 302:
            assert response.url.startswith("/accounts/login/")


@pytest.mark.django_db
def test_school_staff_see_their_own_schools_only(pupil, client, secretary, officer):
    send_opt_out(client)
    other = School.objects.create(urn="990009", name="Other School")
    place = SchoolStaff.objects.create(user=secretary, school=other)
    client.force_login(secretary)
    assert "ELLA" not in client.get("/staff/opt-outs/?all=1").text
    place.school = pupil.school
    place.save()
    assert "ELLA" in client.get("/staff/opt-outs/?all=1").text
    client.force_login(officer)
    assert "ELLA" in client.get("/staff/opt-outs/?all=1").text


def test_every_table_is_listed_as_only_added_to_or_as_changing():
    ours = {
        model._meta.label
        for app in (
            "accounts",
            "log",
            "mail",
            "limits",
            "stalled",
            "terms",
            "public_pages",
            "notices",
            "consent",
            "sharing",
        )
        for model in apps.get_app_config(app).get_models()
    }
    assert ours == MUTABLE | set(APPEND_ONLY)


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_are_told_the_same(client, officer):
    told = set()
    for email in (officer.email, "nobody@example.org"):
        page = client.post("/accounts/login/", {"login": email, "password": "wrong"})
        told.add(page.text.split("There is a problem")[1].split("</ul>")[0])
    assert len(told) == 1


@pytest.mark.django_db
def test_nobody_can_sign_themselves_up(client):
    assert client.get("/accounts/signup/").status_code == 404


@pytest.mark.django_db
def test_pages_allow_no_script_style_or_source_but_their_own(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
def test_error_pages_say_what_to_do(client):
    assert "Page not found" in client.get("/nope/").text
    strict = type(client)(enforce_csrf_checks=True)
    response = strict.post("/opt-out/about/connexions/who/")
    assert response.status_code == 403
    assert "This page has expired" in response.text


def test_a_server_error_page_needs_no_database(client, rf):
    from privacy_portal.ground.ui.errors import server_error

    assert server_error(rf.get("/")).status_code == 500


@pytest.mark.django_db
def test_health(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").json() == {"ready": True, "missing": []}


def production(**environment):
    """Starts the WSGI application as production would; returns what it said."""
    variables = {name: os.environ[name] for name in ("PATH", "PORTAL_DATA_DIR")} | MEASURED
    done = subprocess.run(
        [sys.executable, "-c", "import privacy_portal.wsgi"],
        cwd=ROOT, capture_output=True, text=True, env={**variables, **environment}, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "portal.E001"),
        ({"SECRET_KEY": "x" * 60}, "portal.E004"),
        ({"SECRET_KEY": "x" * 60, "DEBUG": "true"}, "run `manage.py migrate`"),
        ({"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "*"}, "portal.E003"),
        ({"PORTAL_ADDRESS": "http://portal.example.org"}, "portal.E005"),
        ({"SECRET_KEY": "x" * 60}, "portal.E006"),
        ({"NOTIFY_API_KEY": "x"}, "portal.E007"),
        ({"DATABASE_URL": "postgres://p@db.example.org/x?sslmode=require"}, "portal.E008"),
        ({"EMAIL_URL": "smtp://mail.example.org:25"}, "portal.E009"),
    ],
)
def test_production_refuses_to_start_unsafe_and_says_why(environment, said):
    code, text = production(**environment)
    assert code != 0
    assert "The portal could not start" in text
    assert said in text


@pytest.mark.parametrize(
    ("environment", "proxy", "backend", "sender"),
    [
        ({}, None, "files", "Sharing children’s information <privacy-portal@example.org>"),
        ({"DEFAULT_FROM_EMAIL": "a@example.org"}, None, "files",
         "Sharing children’s information <a@example.org>"),
        ({"DEFAULT_FROM_EMAIL": "Wigan Council <a@example.org>"}, None, "files",
         "Wigan Council <a@example.org>"),
        ({"TRUST_PROXY_HEADERS": "on", "NOTIFY_API_KEY": "x"}, ["HTTP_X_FORWARDED_PROTO", "https"],
         "notify", "Sharing children’s information <privacy-portal@example.org>"),
    ],
)  # fmt: skip
def test_the_environment_says_who_sends_emails_and_whose_headers_are_believed(
    environment, proxy, backend, sender
):
    names = ["SECURE_PROXY_SSL_HEADER", "SENDING_BACKEND", "DEFAULT_FROM_EMAIL"]
    code = (
        "import json\nfrom django.conf import settings\n"
        f"print(json.dumps([getattr(settings, name) for name in {names}]))"
    )
    variables = {name: os.environ[name] for name in ("PATH", "PORTAL_DATA_DIR")} | MEASURED
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**variables, "DJANGO_SETTINGS_MODULE": "privacy_portal.settings", **environment},
    )  # fmt: skip
    module = f"privacy_portal.ground.mail.{backend}.EmailBackend"
    assert json.loads(done.stdout) == [proxy, module, sender]


def test_floors_and_pure_rules():
    # In a process of its own: it turns off the loggers of the process that it runs in.
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint()",
    ]
    done = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_file_is_two_things():
    long = [
        str(path.relative_to(ROOT))
        for app in ("privacy_portal", "notices", "consent", "sharing")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and len(path.read_text().splitlines()) > 450
    ]
    assert long == []


def test_templates_have_short_lines():
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


def test_the_rules_page_is_up_to_date():
    done = subprocess.run(
        [sys.executable, "docs/make_rules.py", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, "run `make docs`"


def test_lock_files_name_no_host():
    for name in (
        "requirements/base.txt",
        "requirements/dev.txt",
        "requirements/tools.txt",
        "package-lock.json",
    ):
        text = (ROOT / name).read_text()
        assert "://" not in text or name.endswith(".json")
        assert '"resolved"' not in text


def test_no_test_module_is_imported_by_another():
    """What several need lies in modules named for what they hold, fixtures in the conftest above."""
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("tests", "bench", "docs")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(from|import) tests\b.*\b(test_\w+|conftest)\b", line)
    ]
    assert wrong == []
