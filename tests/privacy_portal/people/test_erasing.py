"""Accounts are erased some years after they were deactivated (R2)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from privacy_portal.ground.accounts.models import KnownBrowser, User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.errors import NotNowError
from privacy_portal.people import erasing, keeping
from sharing.auditing.verifying import verify_log
from sharing.models import Disclosure, SavedFilter
from sharing.review import signing_off
from tests import full_record
from tests.example import NOON
from tests.factories.ground import SchoolStaffFactory, UserFactory
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
OVER = NOON + timedelta(days=2 * 366 + 1)
WORDS = ("Quillfeather", "zephyrine")


@pytest.fixture
def administrator(policy):
    return UserFactory.create(email="a@example.org", roles=(Role.ADMINISTRATOR,))


@pytest.fixture
def user(administrator):
    user = UserFactory.create(email="zephyrine@example.org", name="Zephyrine Quillfeather")
    signing_off.sign_off(DisclosureFactory.create(), note="", by=user, at=NOON)
    KnownBrowser.objects.create(user=user, browser="x", last_at=NOON)
    SavedFilter.objects.create(user=user, name="Quillfeather", query="x=1")
    keeping.deactivate(user, by=administrator, at=NOON)
    Authenticator.objects.create(user=user, type="totp", data={})
    UserSession.objects.create(
        user=user, ip="192.0.2.1", session_key="x", user_agent="x", last_seen_at=NOON
    )
    full_record.without_mails()
    return user


def test_nothing_names_them_any_more_and_what_they_did_stays(user):
    assert {word for _, word in full_record.found_of(WORDS)} == {*WORDS}
    assert erasing.erase_due(at=OVER - timedelta(days=2)) == 0
    assert erasing.erase_due(at=OVER) == 1
    assert full_record.found_of(WORDS) == set()
    for model in (Authenticator, UserSession, KnownBrowser, SavedFilter):
        assert not model.objects.filter(user=user).exists()
    (told,) = entries("details-erased")
    assert (told["kind"], told["person"]) == ("account", str(user.reference))
    verify_log(lambda size: None)
    assert erasing.erase_due(at=OVER) == 0


def test_pages_call_them_a_former_member_of_staff(user, client, officer, administrator):
    erasing.erase_due(at=OVER)
    client.force_login(officer)
    entry = Disclosure.objects.get().entry
    assert "Former member of staff" in client.get(f"/staff/disclosures/{entry}/").text
    assert client.get("/staff/log/").status_code == 200
    client.force_login(administrator)
    assert "Former member of staff" not in client.get("/staff/people/").text
    assert client.get(f"/staff/people/{user.reference}/").status_code == 404


def test_nobody_is_let_in_by_it_again(user, administrator):
    erasing.erase_due(at=OVER)
    with pytest.raises(NotNowError, match="has been erased"):
        keeping.reactivate(User.objects.get(pk=user.pk), by=administrator, at=OVER)


def test_one_who_is_active_or_was_let_in_lately_stays(user, administrator):
    SchoolStaffFactory.create(email="b@example.org")
    keeping.reactivate(user, by=administrator, at=OVER - timedelta(days=30))
    keeping.deactivate(user, by=administrator, at=OVER - timedelta(days=20))
    assert erasing.erase_due(at=OVER) == 0
