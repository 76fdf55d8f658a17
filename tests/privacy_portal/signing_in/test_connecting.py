"""An account at the provider of single sign-on is connected by whose it is, told of, and ends."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.core.context import request_context
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory

from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.people import inviting, keeping
from privacy_portal.signing_in.codes import code_now
from privacy_portal.signing_in.id_tokens import Identity
from privacy_portal.signing_in.single_sign_on import Begun, connect, set_up, stamp_of
from tests.example import NOON
from tests.factories.ground import UserFactory
from tests.log_entries import events
from tests.mails import sent
from tests.races import all_at_once, second_after
from tests.single_sign_on import CONNECT, DISCONNECT, TENANT, arrives

ACCOUNT = "/accounts/2fa/"
pytestmark = pytest.mark.usefixtures("provided")


@pytest.fixture
def late(client, person, sign_in, time_machine):
    """The person signed in with password and code 16 minutes ago."""
    sign_in()
    time_machine.move_to(NOON + timedelta(minutes=16))
    return client


class TestConnecting:
    def test_who_is_signed_in_connects_after_proving_it_again(self, late, person, ann):
        page = late.get(CONNECT, follow=True)
        assert "Confirm that it is you" in page.text
        late.post(page.redirect_chain[-1][0], {"password": "x", "next": CONNECT})
        assert "Connect single sign-on" in late.get(CONNECT).text
        other = Client()
        other.force_login(person)
        assert other.get("/staff/").status_code == 200
        page = late.get(ann.follows(late.post(CONNECT)), follow=True)
        assert "Connected on 23 November 2026" in page.text
        held = ConnectedAccount.objects.get()
        assert (held.user, held.tenant, held.subject) == (person, TENANT, "ann")
        assert "an account to sign in with was connected" in sent()[-1].body
        assert events()[-1] == "single-sign-on-connected"
        late.logout()
        assert "Enter a code" in arrives(late, ann).text

    def test_whoever_used_the_computer_before_must_not_be_connected(
        self, client, person, sign_in, ann
    ):
        """The provider asks again, and an answer from a sign-in before that is refused."""
        sign_in()
        ann.follows(client.post(CONNECT))
        begun = client.post(CONNECT)
        ann.subject = "own"
        assert client.get(ann.follows(begun)).status_code == 302
        assert ConnectedAccount.objects.get().subject == "own"

    def test_an_answer_of_an_earlier_sign_in_connects_nothing(
        self, client, person, sign_in, ann, time_machine, secret
    ):
        sign_in()
        ann.follows(client.post(CONNECT))
        time_machine.move_to(NOON + timedelta(minutes=5))
        back = ann.follows(client.post(CONNECT), prompt="none", max_age="9999")
        assert client.get(back).status_code == 403
        assert not ConnectedAccount.objects.exists()

    def test_one_account_there_is_of_one_person_here(self, client, person, connected, ann):
        other = UserFactory(email="other@example.org")
        client.force_login(other)
        page = client.get(ann.follows(client.post(CONNECT)))
        assert page.status_code == 403
        assert "Somebody else here has connected" in page.text
        assert ConnectedAccount.objects.get() == connected
        with pytest.raises(IntegrityError), transaction.atomic():
            ConnectedAccount.objects.create(
                user=other, issuer=connected.issuer, tenant=TENANT, subject="ann",
                connected_at=NOON,
            )  # fmt: skip

    def test_who_signed_out_meanwhile_connects_nothing(self, client, person, sign_in, ann):
        sign_in()
        back = ann.follows(client.post(CONNECT))
        client.force_login(UserFactory(email="other@example.org"))
        assert client.get(back).status_code == 400
        assert not ConnectedAccount.objects.exists()

    def test_disconnecting_ends_it(self, client, person, sign_in, connected, ann):
        sign_in()
        assert "Disconnect single sign-on?" in client.get(DISCONNECT).text
        assert "Not connected" in client.post(DISCONNECT, follow=True).text
        assert events()[-1] == "single-sign-on-disconnected"
        assert "single sign-on was disconnected" in sent()[-1].body
        client.logout()
        assert arrives(client, ann).status_code == 403

    def test_who_has_no_password_stays_connected_and_proves_it_by_a_code(
        self, client, person, connected, ann, secret, time_machine
    ):
        person.set_unusable_password()
        person.save()
        ann.amr = "mfa"
        arrives(client, ann)
        assert "Set a password first" in client.post(DISCONNECT, follow=True).text
        assert ConnectedAccount.objects.exists()
        page = client.get("/accounts/password/change/", follow=True)
        assert "Reset your password" in page.text
        time_machine.move_to(NOON + timedelta(minutes=16))
        page = client.get(DISCONNECT, follow=True)
        assert page.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
        page = client.post(
            page.redirect_chain[-1][0], {"code": code_now(secret), "next": ACCOUNT}, follow=True
        )
        assert "Your account" in page.text


class TestInvited:
    @pytest.fixture
    def administrator(self, policy):
        return UserFactory(email="admin@example.org", roles=["administrator"])

    @pytest.fixture
    def invited(self, administrator):
        return keeping.add(
            email="new@example.org", name="New", roles=["notice-editor"], by=administrator, at=NOON
        )

    def link(self, user):
        return inviting.link_for(user).removeprefix("http://testserver")

    def test_the_link_connects_who_signs_in_then(self, client, invited, ann):
        link = self.link(invited)
        page = client.get(link)
        assert "Use your council account" in page.text
        assert "Set a password instead" in page.text
        page = client.get(ann.follows(client.post(link)), follow=True)
        assert "Single sign-on alone is not enough" in page.text
        assert ConnectedAccount.objects.get().user == invited
        assert client.get("/staff/").url == "/accounts/2fa/"
        assert "single-sign-on-connected" in events()
        # The link has ended, for either way, and none is needed.
        assert client.get(link).status_code == client.post(link).status_code == 410
        invited.refresh_from_db()
        with pytest.raises(inviting.NotNowError, match="single sign-on"):
            inviting.check_can_invite(invited)

    def test_a_link_that_ended_meanwhile_connects_nothing(self, client, invited, ann):
        back = ann.follows(client.post(self.link(invited)))
        invited.set_password("otter planet brick")
        invited.save()
        page = client.get(back)
        assert page.status_code == 403
        assert "The link has been used already" in page.text
        assert not ConnectedAccount.objects.exists()

    def test_deactivating_ends_it_and_letting_in_again_does_not_bring_it_back(
        self, client, connected, person, administrator, ann
    ):
        keeping.deactivate(person, by=administrator, at=NOON)
        assert not ConnectedAccount.objects.exists()
        keeping.reactivate(person, by=administrator, at=NOON)
        assert arrives(client, ann).status_code == 403

    def test_a_reset_takes_it_away_and_sends_the_link_where_there_is_no_password(
        self, client, invited, administrator, ann
    ):
        client.get(ann.follows(client.post(self.link(invited))))
        client.logout()
        client.force_login(administrator)
        page = client.get(f"/staff/people/{invited.reference}/").text
        assert "Reset second step and single sign-on" in page
        address = f"/staff/people/{invited.reference}/second-step/"
        page = client.get(address).text
        assert "Reset the second step and single sign-on of" in page
        assert "the link in the email we send is enough" in page
        assert ConnectedAccount.objects.exists()
        client.post(address, {"seen": page.split('name="seen" value="')[1].split('"')[0]})
        assert "Second step reset" in client.get(f"/staff/people/{invited.reference}/").text
        assert not ConnectedAccount.objects.exists()
        told, link = sent()[-2:]
        assert "single sign-on disconnected" in told.body
        assert link.subject == "Set up your account"
        client.logout()
        assert arrives(client, ann).status_code == 403


class TestAtOnce:
    """With real commits: what two do at the same moment."""

    SUBJECT = Identity("https://id.example.org", TENANT, "ann", both_steps=False, proven_at=0)

    def request(self):
        request = RequestFactory().get("/")
        request.session = SessionStore()
        return request

    def connects(self, user):
        request = self.request()
        with request_context(request):
            connect(request, user, self.SUBJECT, at=NOON)

    def test_of_two_people_who_connect_the_same_account_one_does(self, committed):
        people = [UserFactory(email=f"{name}@example.org") for name in ("one", "two")]
        answers = all_at_once(*(partial(self.connects, user) for user in people))
        refused = [answer for answer in answers if isinstance(answer, NotNowError)]
        assert (len(answers), len(refused)) == (2, 1)
        assert "Somebody else here" in str(refused[0])
        assert ConnectedAccount.objects.count() == 1

    def test_who_is_deactivated_meanwhile_connects_nothing_by_their_link(self, committed):
        user = User.objects.create_user(email="n@example.org", name="N", roles=[], password=None)
        begun = Begun("set-up", "", "", "", "", user.pk, stamp_of(user), at=0)

        def late():
            with pytest.raises(NotNowError, match="your access has ended"):
                set_up(self.request(), begun, self.SUBJECT, at=NOON)

        second_after(lambda: keeping.deactivate(user, by=None, at=NOON), late)
        assert not ConnectedAccount.objects.exists()
