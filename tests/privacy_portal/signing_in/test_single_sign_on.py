"""Single sign-on at a real provider: by subject and tenant, never by email address; what comes back is
believed only if all of it is right."""

from datetime import timedelta

import jwt
import pytest
import time_machine as clocks
from allauth.account.internal.flows.login import record_authentication
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.test import Client

from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.people import inviting, keeping
from privacy_portal.signing_in import id_tokens, provider, single_sign_on
from privacy_portal.signing_in.codes import code_now
from privacy_portal.signing_in.id_tokens import RefusedError
from tests.example import NOON
from tests.factories.ground import UserFactory
from tests.log_entries import entries, events
from tests.mails import sent
from tests.single_sign_on import CLIENT, TENANT, Visitor, configured, providers

BEGIN, CONNECT = "/accounts/single-sign-on/", "/accounts/single-sign-on/connect/"
DISCONNECT, BACK = "/accounts/single-sign-on/disconnect/", "/accounts/single-sign-on/back/"
ACCOUNT = "/accounts/2fa/"


@pytest.fixture(scope="session")
def issuers():
    with (
        clocks.travel(NOON, tick=True),
        providers("http://testserver", NOON.timestamp(), number=2) as found,
    ):
        yield found


@pytest.fixture(autouse=True)
def on(settings, issuers):
    settings.PORTAL_ADDRESS = "http://testserver"
    settings.SINGLE_SIGN_ON = configured(issuers[0])


@pytest.fixture
def connected(person, issuers):
    return ConnectedAccount.objects.create(
        user=person, issuer=issuers[0], tenant=TENANT, subject="ann", connected_at=NOON
    )


@pytest.fixture
def ann():
    return Visitor("ann")


@pytest.fixture
def late(client, person, sign_in, time_machine):
    """The person signed in with password and code an hour ago."""
    sign_in()
    time_machine.move_to(NOON + timedelta(minutes=16))
    return client


def arrives(client, visitor, **changes):
    """Sign in at the provider and come back; returns the page at the end."""
    return client.get(visitor.follows(client.post(BEGIN), **changes), follow=True)


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


class TestTokens:
    """The id token of a real sign-in, and the same with one thing wrong."""

    @pytest.fixture
    def real(self, client, connected, ann, monkeypatch):
        """What `identity` is asked, as it is at the end of a real sign-in."""
        asked = []
        identity = id_tokens.identity
        monkeypatch.setattr(
            id_tokens,
            "identity",
            lambda *args, **more: asked.append((args, more)) or identity(*args, **more),
        )
        arrives(client, ann)
        monkeypatch.undo()
        ((token, keys), more) = asked[0]
        return {"token": token, "key_set": keys, **more}

    def identity(self, real, **changes):
        return id_tokens.identity(**{**real, **changes})

    def test_it_names_subject_and_tenant(self, real, issuers):
        identity = self.identity(real)
        assert (identity.issuer, identity.tenant, identity.subject) == (issuers[0], TENANT, "ann")
        assert not identity.both_steps
        assert abs(identity.proven_at - NOON.timestamp()) < 60

    def test_without_tenants_the_issuer_is_the_tenant(self, real, issuers):
        identity = self.identity(real, provider=configured(issuers[0], tenant=""))
        assert identity.tenant == issuers[0]

    @pytest.mark.parametrize(
        "change",
        [
            lambda real, issuers: {"issuer": issuers[1]},
            lambda real, issuers: {"nonce": "another"},
            lambda real, issuers: {"provider": configured(issuers[0], tenant="another")},
            lambda real, issuers: {"key_set": {"keys": []}},
            lambda real, issuers: {
                "key_set": {"keys": [{**real["key_set"]["keys"][0], "kid": "x"}]}
            },
            lambda real, issuers: {"token": real["token"][:-8] + "AAAAAAAA"},
            lambda real, issuers: {"token": "x.y.z"},
            lambda real, issuers: {"token": signed(real, None, "none")},
            lambda real, issuers: {"token": signed(real, "x" * 64, "HS256")},
            lambda real, issuers: {"token": signed(real, _OTHERS, "RS256")},
        ],
    )
    def test_with_anything_wrong_it_proves_nothing(self, real, issuers, change):
        with pytest.raises(RefusedError):
            self.identity(real, **change(real, issuers))

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "another"}, {"aud": [CLIENT, "another"]}, {"azp": "another"}, {"sub": ""},
            {"sub": "x" * 256}, {"nonce": None}, {"exp": 1}, {"iat": 4_102_444_800},
        ],
    )  # fmt: skip
    def test_nor_does_one_of_the_right_key_with_a_wrong_claim(self, real, claims):
        """As a provider could sign it for somebody else."""
        assert self.identity(ours(real, {})).subject == "ann"
        with pytest.raises(RefusedError):
            self.identity(ours(real, claims))


_OTHERS = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def signed(real, key, algorithm, **changes):
    claims = jwt.decode(real["token"], options={"verify_signature": False})
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "one"})


def ours(real, changes):
    """The same token with other claims, signed by a key that counts as the provider's."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_OTHERS.public_key(), as_dict=True)
    return {
        **real,
        "token": signed(real, _OTHERS, "RS256", **changes),
        "key_set": {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]},
    }


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
        client.post(f"/staff/people/{invited.reference}/second-step/")
        assert not ConnectedAccount.objects.exists()
        told, link = sent()[-2:]
        assert "single sign-on disconnected" in told.body
        assert link.subject == "Set up your account"
        client.logout()
        assert arrives(client, ann).status_code == 403
