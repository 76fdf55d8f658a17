"""Single sign-on at a real provider: by subject and tenant, never by email address."""

from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.signing_in import provider, single_sign_on
from privacy_portal.signing_in.codes import code_now
from tests.example import NOON
from tests.log_entries import entries, events
from tests.single_sign_on import BACK, BEGIN, CONNECT, DISCONNECT, Visitor, arrives, configured

ACCOUNT = "/accounts/2fa/"
pytestmark = pytest.mark.usefixtures("provided")


def signed_in(client):
    return "_auth_user_id" in client.session


class TestSigningIn:
    def test_the_second_step_of_the_portal_is_asked_for(self, client, connected, ann, secret):
        page = arrives(client, ann)
        assert "Enter a code" in page.text
        assert not signed_in(client)
        page = client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)}, follow=True)
        assert "Your tasks" in page.text
        assert entries("signed-in")[-1]["steps"] == ["single-sign-on", "totp"]

    def test_unless_the_provider_asked_for_one(self, client, connected, ann):
        ann.amr = "pwd mfa"
        assert "Your tasks" in arrives(client, ann).text
        entry = entries("signed-in")[-1]
        assert entry["by"] == str(connected.user.reference)
        assert entry["steps"] == ["single-sign-on", "second-step-of-provider"]

    def test_the_second_step_counts_only_as_the_last_thing_proven(self, rf, person):
        """A password that follows in the same session needs a code of the portal."""
        request = rf.get("/")
        request.session = SessionStore()
        for step, proved in (("single-sign-on", False), ("second-step-of-provider", True), ("password", False)):  # fmt: skip
            record_authentication(request, person, step)
            assert single_sign_on.proved_both_steps(request, person) is proved, step
            assert not single_sign_on.proved_both_steps(request, User(pk=person.pk + 1)), step

    def test_the_page_that_was_asked_for_follows_and_no_other_site(self, client, connected, ann):
        ann.amr = "mfa"
        page = client.get("/accounts/login/?next=/staff/pupils/").text
        assert "Sign in with your council account" in page
        begun = client.post(BEGIN, {"next": "/staff/pupils/"})
        assert client.get(ann.follows(begun)).url == "/staff/pupils/"
        client.logout()
        begun = client.post(BEGIN, {"next": "https://elsewhere.example.org/"})
        assert client.get(ann.follows(begun)).url == "/staff/"

    def test_another_email_address_at_the_provider_changes_nothing(self, client, connected, ann):
        ann.email, ann.amr = "married@example.org", "mfa"
        assert "Your tasks" in arrives(client, ann).text

    def test_an_old_sign_in_at_the_provider_proves_nothing_now(
        self, client, connected, ann, person, secret, time_machine
    ):
        """Whoever sits there opens the portal without a step; what matters most asks them."""
        ann.amr = "mfa"
        arrives(client, ann)
        assert "Make new recovery codes?" in client.get("/accounts/2fa/recovery-codes/new/").text
        client.logout()
        time_machine.move_to(NOON + timedelta(hours=1))
        assert "Your tasks" in arrives(client, ann).text
        page = client.get("/accounts/2fa/recovery-codes/new/", follow=True)
        assert "Confirm that it is you" in page.text


class TestRefused:
    def refuses(self, client, page, words="We do not know this account"):
        assert page.status_code == 403
        assert words in page.text
        assert "ask your administrator" in page.text
        assert not signed_in(client)
        assert ConnectedAccount.objects.count() == 1
        entry = entries("sign-in-failed")[-1]
        assert (entry["step"], entry["by"]) == ("single-sign-on", None)
        assert "signed-in" not in events()

    def test_the_same_subject_and_email_address_of_another_tenant(self, client, connected):
        elsewhere = Visitor("ann", tenant="another-council", email=connected.user.email, amr="mfa")
        self.refuses(client, arrives(client, elsewhere), "We could not sign you in")

    def test_the_same_subject_and_email_address_of_another_provider(
        self, client, connected, settings, issuers
    ):
        settings.SINGLE_SIGN_ON = configured(issuers[1])
        visitor = Visitor("ann", email=connected.user.email, amr="mfa")
        self.refuses(client, arrives(client, visitor))

    def test_another_subject_with_the_email_address(self, client, connected):
        self.refuses(client, arrives(client, Visitor("eve", email=connected.user.email)))

    def test_who_used_a_wrong_account_can_use_another(self, client, connected, ann):
        visitor = Visitor("eve")
        assert "Use another account" in arrives(client, visitor).text
        visitor.subject, visitor.amr = "ann", "mfa"
        assert client.get(visitor.follows(client.post(BEGIN))).status_code == 403
        back = visitor.follows(client.post(BEGIN, {"another": "yes"}))
        assert "Your tasks" in client.get(back, follow=True).text

    def test_a_subject_in_other_letters(self, client, connected):
        self.refuses(client, arrives(client, Visitor("Ann", email=connected.user.email)))

    def test_who_was_deactivated(self, client, connected, ann, person):
        User.objects.filter(pk=person.pk).update(is_active=False)
        self.refuses(client, arrives(client, ann))

    def test_a_code_of_another_sign_in(self, client, connected, ann):
        """Nonce and PKCE bind the code to the browser that began: Eve's code is of no use in Ann's."""
        eve = Client()
        stolen = ann.follows(client.post(BEGIN)).partition("?")[2]
        begun = eve.post(BEGIN)
        own = Visitor("eve").follows(begun)
        state = own.partition("state=")[2].partition("&")[0]
        mixed = "&".join(
            f"state={state}" if part.startswith("state=") else part for part in stolen.split("&")
        )
        self.refuses(eve, eve.get(f"{BACK}?{mixed}"), "We could not sign you in")

    def test_an_answer_to_another_nonce(self, client, connected, ann):
        self.refuses(client, arrives(client, ann, nonce="another"), "We could not sign you in")

    def test_an_answer_that_names_another_provider(self, client, connected, ann):
        back = ann.follows(client.post(BEGIN)).replace("iss=", "iss=x")
        self.refuses(client, client.get(back), "We could not sign you in")

    def test_a_token_that_has_expired(self, client, connected, ann, monkeypatch, time_machine):
        real = provider.id_token

        def late(*args, **kwargs):
            token = real(*args, **kwargs)
            time_machine.move_to(NOON + timedelta(minutes=12))
            return token

        monkeypatch.setattr(provider, "id_token", late)
        self.refuses(client, arrives(client, ann), "We could not sign you in")


class TestComingBack:
    def test_who_did_not_begin_here_starts_again(self, client, connected, ann):
        back = ann.follows(client.post(BEGIN))
        for other in (Client(), client):
            page = other.get(back.replace("state=", "state=x") if other is client else back)
            assert page.status_code == 400
            assert "Start again" in page.text
        # The right state comes too late: a beginning ends with whatever comes back first.
        assert client.get(back).status_code == 400
        assert "sign-in-failed" not in events()

    def test_nobody_comes_back_twice_or_after_ten_minutes(
        self, client, connected, ann, time_machine
    ):
        back = ann.follows(client.post(BEGIN))
        client.get(back)
        assert client.get(back).status_code == 400
        back = ann.follows(client.post(BEGIN))
        time_machine.move_to(NOON + timedelta(minutes=11))
        assert client.get(back).status_code == 400

    def test_who_turns_back_is_not_signed_in(self, client, connected):
        class Turner(Visitor):
            def says(self):
                return {**super().says(), "turn_back": "yes"}

        page = arrives(client, Turner("ann"))
        assert page.status_code == 403
        assert "You turned back" in page.text

    def test_a_provider_that_is_away_is_said_to_be(
        self, client, connected, ann, settings, monkeypatch
    ):
        back = ann.follows(client.post(BEGIN))
        for issuer in ("http://127.0.0.1:9", f"{settings.SINGLE_SIGN_ON.issuer}/jwks?"):
            settings.SINGLE_SIGN_ON = configured(issuer)
            page = client.post(BEGIN)
            assert page.status_code == 503
            assert "does not answer" in page.text
        page = client.get(back)
        assert page.status_code == 503
        assert "does not answer" in page.text

    def test_without_a_provider_there_are_no_such_pages(self, client, person, sign_in, settings):
        settings.SINGLE_SIGN_ON = None
        assert "council account" not in client.get("/accounts/login/").text
        assert client.post(BEGIN).status_code == client.get(BACK).status_code == 404
        sign_in()
        assert "Single sign-on" not in client.get(ACCOUNT).text
        for path in (CONNECT, DISCONNECT):
            assert client.get(path).status_code == client.post(path).status_code == 404

    def test_no_other_site_begins_it_and_nobody_too_often(self, connected, settings):
        settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
        assert Client(enforce_csrf_checks=True).post(BEGIN).status_code == 403
        assert [Client().post(BEGIN).status_code for _ in range(3)] == [200, 200, 429]
