"""What matters most asks who it is, unless somebody just proved it; what they typed goes with it."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from privacy_portal.ground.accounts.access import PROVEN_AGAIN
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.people import queries
from privacy_portal.signing_in.codes import code_now
from sharing.models import Release
from tests.addresses import GUARDS
from tests.example import NOON
from tests.factories.ground import OfficerFactory, UserFactory
from tests.factories.sharing import ReadyReleaseFactory, ReleaseFactory

AGAIN = "/accounts/reauthenticate/"


@pytest.fixture
def late(client, person, sign_in, time_machine):
    """The person signed in 16 minutes ago."""
    sign_in()
    time_machine.move_to(NOON + timedelta(minutes=16))
    return client


def test_which_addresses_ask_again():
    asking = {name for name, guard in GUARDS.items() if guard.change in PROVEN_AGAIN}
    assert {
        "staff-release-approve", "staff-release-download", "staff-publish", "staff-person-roles",
        "staff-protected-details", "staff-person-answer", "staff-counts-hand-over",
        "staff-request-file-download", "staff-control-answer",
    } <= asking  # fmt: skip


def test_an_approval_waits_for_the_password_and_is_then_made(late, person, pupil):
    release = ReleaseFactory(by=OfficerFactory(email="other@example.org"))
    Release.objects.filter(pk=release.pk).update(must_be_approved=True)
    page = late.post(f"/staff/releases/{release.pk}/approve/", follow=True)
    assert "Confirm that it is you" in page.text
    release.refresh_from_db()
    assert release.approved_by_id is None
    where = page.redirect_chain[-1][0]
    assert "Enter your password" in late.post(where, {"password": ""}).text
    page = late.post(where, {"password": "wrong", "next": f"/staff/releases/{release.pk}/approve/"})
    release.refresh_from_db()
    assert release.approved_by_id is None
    given = {"password": "x", "next": f"/staff/releases/{release.pk}/approve/"}
    page = late.post(where, given, follow=True)
    assert "Release approved" in page.text
    release.refresh_from_db()
    assert release.approved_by == person


def test_what_was_typed_goes_with_it(late, person):
    User.objects.filter(pk=person.pk).update(roles=[Role.ADMINISTRATOR])
    path = "/staff/people/add/"
    fields = {"name": "Nia New", "email": "nia@example.org", "roles": ["notice-editor"]}
    page = late.post(path, fields, follow=True)
    assert "Confirm that it is you" in page.text
    late.post(page.redirect_chain[-1][0], {"password": "x", "next": path})
    user = User.objects.get(email="nia@example.org")
    assert (user.name, user.roles) == ("Nia New", ["notice-editor"])
    assert [change.by for change in queries.history_of(user)] == [person, person]


def test_a_file_leaves_by_its_own_button_alone(late, person, pupil):
    release = ReadyReleaseFactory(by=person)
    page = late.post(
        f"/staff/releases/{release.pk}/download/",
        headers={"Referer": f"http://testserver/staff/releases/{release.pk}/"},
        follow=True,
    )
    assert "After you confirm, press the button again" in page.text
    release.refresh_from_db()
    assert release.state == Release.State.RELEASED
    given = {"password": "x", "next": f"/staff/releases/{release.pk}/"}
    page = late.post(page.redirect_chain[-1][0], given, follow=True)
    assert "Download file (once only)" in page.text
    answer = late.post(f"/staff/releases/{release.pk}/download/")
    assert b"".join(answer.streaming_content)


def test_every_other_way_is_offered(late, person):
    def ways(path):
        page = late.get(f"{path}?next=/staff/people/").text
        return {words for words in ("password", "code", "passkey") if f"Use a {words} instead" in page
                or f"Use your {words} instead" in page}  # fmt: skip

    assert ways(AGAIN) == {"code"}
    data = {"name": "Laptop", "credential": {}}
    Authenticator.objects.create(user=person, type="webauthn", data=data)
    assert ways(AGAIN) == {"code", "passkey"}
    assert ways("/accounts/2fa/reauthenticate/") == {"password", "passkey"}


def test_a_code_proves_it_as_well(late, person, secret):
    page = late.get(f"{AGAIN}?next=/staff/people/").text
    assert 'href="/accounts/2fa/reauthenticate/?next=%2Fstaff%2Fpeople%2F"' in page
    page = late.get("/accounts/2fa/reauthenticate/?next=/staff/people/").text
    assert 'href="/accounts/reauthenticate/?next=%2Fstaff%2Fpeople%2F"' in page
    page = late.post("/accounts/2fa/reauthenticate/", {"code": code_now(secret)})
    assert page.status_code == 302
    assert "Make new recovery codes?" in late.get("/accounts/2fa/recovery-codes/new/").text


def test_within_a_quarter_of_an_hour_nothing_is_asked(client, person, sign_in, time_machine, pupil):
    sign_in()
    time_machine.move_to(NOON + timedelta(minutes=14))
    release = ReleaseFactory(by=OfficerFactory(email="other@example.org"))
    Release.objects.filter(pk=release.pk).update(must_be_approved=True)
    page = client.post(f"/staff/releases/{release.pk}/approve/", follow=True)
    assert "Release approved" in page.text


def test_what_somebody_else_began_is_not_done_by_who_signs_in_next(late, person, policy, sign_in):
    """The form waits in the session, which ends with its sign-in."""
    User.objects.filter(pk=person.pk).update(roles=[Role.ADMINISTRATOR])
    fields = {"name": "Nia New", "email": "nia@example.org", "roles": ["notice-editor"]}
    late.post("/staff/people/add/", fields)
    late.post("/accounts/logout/")
    late.force_login(UserFactory(email="other@example.org", roles=[Role.ADMINISTRATOR]))
    late.post(f"{AGAIN}?next=/staff/people/add/", {"password": "x", "next": "/staff/people/add/"})
    assert not User.objects.filter(email="nia@example.org").exists()
