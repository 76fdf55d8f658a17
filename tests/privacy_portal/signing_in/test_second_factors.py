"""A second factor is compulsory: set up at the first sign-in, asked for at each, taken once, told of."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from privacy_portal.ground.accounts.models import User
from privacy_portal.people import keeping
from privacy_portal.signing_in import codes, sealing
from tests.example import NOON
from tests.factories.ground import OfficerFactory, UserFactory
from tests.log_entries import entries, events
from tests.mails import sent

SIGN_IN, STEP, ACCOUNT = "/accounts/login/", "/accounts/2fa/authenticate/", "/accounts/2fa/"
APP = "/accounts/2fa/app/"
NO_PASSKEYS = (
    "", "x", "{}", "[]", "null", "7", "[1]", '"x"', '{"id": 1}', '{"id": "eA", "rawId": "eA"}',
    "[" * 20_000, '{"a": ' + "9" * 5_000 + "}", '{"id": "eA", "rawId": "eA", "response": 7}', '{"id": "eA", "rawId": "eA", "response": {}}',
)  # fmt: skip


@pytest.fixture
def passkey(person):
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    data = AuthenticatorData.create(
        b"\0" * 32, 0x45, 0, AttestedCredentialData.create(b"\0" * 16, b"key", key)
    )
    response = {
        "clientDataJSON": websafe_encode(
            b'{"type": "webauthn.create", "challenge": "", "origin": ""}'
        ),
        "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
    }
    credential = {"id": websafe_encode(b"key"), "type": "public-key", "response": response}
    return WebAuthn.add(person, "Laptop", credential | {"rawId": credential["id"]}).instance


def signed_in(client):
    return "_auth_user_id" in client.session


class TestSigningIn:
    def test_a_password_alone_lets_nobody_in(self, client, person):
        page = client.post(SIGN_IN, {"login": person.email, "password": "x"}, follow=True)
        assert "Enter a code" in page.text
        assert not signed_in(client)
        assert client.get("/staff/").status_code == 302

    def test_password_and_code_do_and_the_log_says_so(self, client, person, sign_in):
        assert "Your tasks" in sign_in().text
        entry = entries("signed-in")[-1]
        assert entry["by"] == str(person.reference)
        assert entry["steps"] == ["password", "totp"]

    def test_the_page_that_was_asked_for_follows(self, client, person, secret):
        client.post(
            f"{SIGN_IN}?next=/staff/pupils/",
            {"login": person.email, "password": "x", "next": "/staff/pupils/"},
        )
        page = client.post(STEP, {"code": codes.code_now(secret)})
        assert page.url == "/staff/pupils/"

    @pytest.mark.parametrize(
        "elsewhere", ["http://[::1", "https://evil.example/", "//evil.example"]
    )
    def test_an_address_elsewhere_is_never_what_follows(self, client, person, secret, elsewhere):
        page = client.get(SIGN_IN, {"next": elsewhere})
        assert page.status_code == 200
        client.post(SIGN_IN, {"login": person.email, "password": "x", "next": elsewhere})
        assert client.post(STEP, {"code": codes.code_now(secret)}).url == "/staff/"

    def test_spaces_in_a_code_do_not_matter(self, client, sign_in, secret):
        code = codes.code_now(secret)
        assert "Your tasks" in sign_in(f" {code[:3]} {code[3:]} ").text

    def test_a_code_works_once_and_none_before_it_afterwards(
        self, client, person, sign_in, secret, time_machine
    ):
        first = codes.code_now(secret)
        sign_in()
        client.logout()
        assert "has been used" in sign_in(first).text
        assert not signed_in(client)
        time_machine.move_to(NOON + timedelta(seconds=31))
        later = codes.code_now(secret)
        sign_in(later)
        assert signed_in(client)
        client.logout()
        sign_in(first)
        assert not signed_in(client)

    def test_a_clock_may_be_half_a_minute_wrong_and_no_more(
        self, client, sign_in, secret, time_machine
    ):
        code = codes.code_now(secret)
        time_machine.move_to(NOON + timedelta(seconds=90))
        sign_in(code)
        assert not signed_in(client)
        time_machine.move_to(NOON + timedelta(seconds=30))
        sign_in(code)
        assert signed_in(client)

    @pytest.mark.parametrize("code", ["", "000000", "abc", "１２３４５６", "0" * 21])
    def test_a_wrong_code_is_refused_in_plain_words(self, client, sign_in, person, code, secret):
        client.post(SIGN_IN, {"login": person.email, "password": "x"})
        page = client.post(STEP, {"code": code})
        assert "There is a problem" in page.text
        assert not signed_in(client)

    def test_after_ten_wrong_codes_the_right_one_waits_too(self, client, person, secret):
        client.post(SIGN_IN, {"login": person.email, "password": "x"})
        for _ in range(10):
            client.post(STEP, {"code": "000000"})
        page = client.post(STEP, {"code": codes.code_now(secret)})
        assert "Too many" in page.text
        assert not signed_in(client)

    def test_wrong_passwords_are_counted_in_the_database_and_logged(self, client, person):
        for _ in range(10):
            client.post(SIGN_IN, {"login": person.email, "password": "wrong"})
        page = client.post(SIGN_IN, {"login": person.email, "password": "x"})
        assert "Too many" in page.text
        assert len(entries("sign-in-failed")) == 10
        assert entries("sign-in-failed")[0]["by"] == str(person.reference)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM limits_cache")
            assert cursor.fetchone()[0] > 0

    def test_a_wrong_code_is_logged_too(self, client, person, sign_in):
        sign_in("000000")
        entry = entries("sign-in-failed")[-1]
        assert (entry["by"], entry["step"]) == (str(person.reference), "code")

    @pytest.mark.parametrize("credential", NO_PASSKEYS, ids=range(len(NO_PASSKEYS)))
    def test_what_is_no_passkey_signs_nobody_in_and_says_so(self, client, policy, credential):
        page = client.post(
            "/accounts/2fa/passkeys/sign-in/", {"credential": credential}, follow=True
        )
        assert not signed_in(client)
        assert page.status_code == 200
        assert "Your passkey could not be used" in page.text
        if credential[:9] not in ("", "x", "{}", "[]", "null", "[" * 9, '{"a": 999'):
            assert entries("sign-in-failed")[-1]["step"] == "passkey"

    def test_an_unknown_address_is_logged_without_it(self, client, policy):
        client.post(SIGN_IN, {"login": "who@example.org", "password": "wrong"})
        entry = entries("sign-in-failed")[-1]
        assert entry["by"] is None
        assert "who@" not in str(entry)


class TestSettingUp:
    @pytest.fixture
    def newcomer(self, client, policy):
        user = OfficerFactory(email="new@example.org")
        User.objects.filter(pk=user.pk).update(second_factor=False)
        client.post(SIGN_IN, {"login": user.email, "password": "x"})
        return user

    def test_without_one_every_page_of_staff_leads_to_setting_one_up(self, client, newcomer):
        for path in ("/staff/", "/staff/pupils/", "/accounts/password/change/"):
            page = client.get(path, follow=True)
            assert "Set up a second step" in page.text
        assert client.post("/staff/opt-outs/paper/").url == ACCOUNT

    def test_an_app_is_connected_and_recovery_codes_are_shown_once(
        self, client, newcomer, django_capture_on_commit_callbacks
    ):
        page = client.get(APP).text
        assert "<svg" in page
        secret = re.search(r"portal-wrap\">([A-Z2-7]{32})<", page)[1]
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(APP, {"code": codes.code_now(secret)}, follow=True).text
        assert "We show these codes only once" in page
        listed = re.findall(r"<li>(\d{4} \d{4})</li>", page)
        assert len(listed) == 10
        assert "We cannot show them again" in client.get("/accounts/2fa/recovery-codes/").text
        newcomer.refresh_from_db()
        assert newcomer.second_factor
        assert client.get("/staff/").status_code == 200
        assert "app-connected" in events()
        assert "an authenticator app was connected" in sent()[-1].body
        # The first code is used now, a recovery code works once.
        client.logout()
        for expected in (True, False):
            client.post(SIGN_IN, {"login": newcomer.email, "password": "x"})
            client.post(STEP, {"code": listed[0]})
            assert signed_in(client) is expected
            client.logout()

    def test_a_session_of_somebody_who_knew_the_password_too_ends_with_it(
        self, client, newcomer, django_capture_on_commit_callbacks
    ):
        other = Client()
        other.post(SIGN_IN, {"login": newcomer.email, "password": "x"})
        assert signed_in(other)
        secret = re.search(r"portal-wrap\">([A-Z2-7]{32})<", client.get(APP).text)[1]
        with django_capture_on_commit_callbacks(execute=True):
            client.post(APP, {"code": codes.code_now(secret)})
        assert other.get("/accounts/2fa/").status_code == 302
        assert client.get("/staff/").status_code == 200

    def test_a_wrong_first_code_connects_nothing(self, client, newcomer):
        client.get(APP)
        page = client.post(APP, {"code": "000000"})
        assert "Code is wrong" in page.text
        assert not Authenticator.objects.exists()

    def test_the_only_one_cannot_be_removed(self, client, person, sign_in):
        sign_in()
        page = client.get("/accounts/2fa/app/remove/")
        assert "This is your only second step" in page.text
        client.post("/accounts/2fa/app/remove/")
        assert Authenticator.objects.filter(user=person, type="totp").exists()

    def test_new_recovery_codes_end_the_old_ones(
        self, client, person, sign_in, django_capture_on_commit_callbacks
    ):
        sign_in()
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post("/accounts/2fa/recovery-codes/new/", follow=True).text
        first = re.findall(r"<li>(\d{4} \d{4})</li>", page)
        page = client.post("/accounts/2fa/recovery-codes/new/", follow=True).text
        second = re.findall(r"<li>(\d{4} \d{4})</li>", page)
        assert len(first) == len(second) == 10
        assert not set(first) & set(second)
        assert "codes-made" in events()

    def test_who_signed_in_long_ago_proves_again_who_they_are(
        self, client, person, sign_in, time_machine
    ):
        sign_in()
        time_machine.move_to(NOON + timedelta(minutes=16))
        page = client.get("/accounts/2fa/recovery-codes/new/", follow=True)
        assert "Confirm that it is you" in page.text
        page = client.post(page.redirect_chain[-1][0], {"password": "wrong"})
        assert page.status_code == 200
        page = client.post(
            "/accounts/reauthenticate/?next=/accounts/2fa/recovery-codes/new/",
            {"password": "x"}, follow=True,
        )  # fmt: skip
        assert "Make new recovery codes?" in page.text


@pytest.mark.parametrize("credential", NO_PASSKEYS, ids=range(len(NO_PASSKEYS)))
def test_what_is_no_passkey_is_not_added_and_proves_nothing(client, person, passkey, credential):
    client.force_login(person)
    page = client.post("/accounts/2fa/passkeys/add/", {"name": "x", "credential": credential})
    assert "The passkey could not be added" in page.text
    assert list(person.authenticator_set.filter(type="webauthn")) == [passkey]
    address = "/accounts/2fa/passkeys/reauthenticate/?next=%2Fstaff%2Fpeople%2F"
    again = client.post(address, {"credential": credential})
    assert again.url == address
    assert "Your passkey could not be used" in client.get(address).text


class TestStored:
    def test_no_secret_stands_in_the_database(self, person, secret):
        with connection.cursor() as cursor:
            cursor.execute("SELECT data::text FROM mfa_authenticator")
            assert secret not in str(cursor.fetchall())

    def test_a_sealed_text_opens_with_the_key_of_before_and_no_other(self, settings):
        sealed = sealing.seal("otter")
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another" * 10
        assert sealing.unseal(sealed) == "otter"
        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(InvalidToken):
            sealing.unseal(sealed)

    def test_the_database_keeps_whether_somebody_has_one(self, policy, secret):
        user = UserFactory()
        User.objects.filter(pk=user.pk).update(second_factor=False)
        factor = TOTP.activate(user, secret).instance
        user.refresh_from_db()
        assert user.second_factor
        factor.delete()
        user.refresh_from_db()
        assert not user.second_factor


class TestReplacing:
    """A new phone: with a code of the old app, or with a recovery code where the old phone is lost."""

    REPLACE = "/accounts/2fa/app/replace/"

    @pytest.fixture
    def recovery_code(self, person):
        return RecoveryCodes.activate(person).get_unused_codes()[0]

    def replaced(self, client):
        secret = re.search(r"portal-wrap\">([A-Z2-7]{32})<", client.get(self.REPLACE).text)[1]
        return secret, client.post(self.REPLACE, {"code": codes.code_now(secret)}, follow=True)

    def test_who_lost_a_phone_signs_in_by_a_recovery_code_and_connects_another(
        self, client, person, sign_in, secret, recovery_code
    ):
        sign_in(recovery_code)
        assert self.REPLACE in client.get(ACCOUNT).text
        new, page = self.replaced(client)
        assert "Your new authenticator app is connected" in page.text
        assert person.authenticator_set.filter(type="totp").count() == 1
        person.refresh_from_db()
        assert person.second_factor
        assert "app-replaced" in events()
        assert "your authenticator app was replaced" in sent()[-1].body
        client.logout()
        sign_in(codes.code_now(secret))
        assert not signed_in(client)
        sign_in(codes.code_now(new))
        assert signed_in(client)

    def test_every_other_session_ends_with_it(
        self, client, person, sign_in, secret, time_machine, django_capture_on_commit_callbacks
    ):
        other = Client()
        other.post(SIGN_IN, {"login": person.email, "password": "x"})
        other.post(STEP, {"code": codes.code_now(secret)})
        assert other.get("/staff/").status_code == 200
        time_machine.move_to(NOON + timedelta(seconds=31))
        sign_in()
        with django_capture_on_commit_callbacks(execute=True):
            self.replaced(client)
        assert other.get("/staff/").status_code == 302
        assert client.get("/staff/").status_code == 200

    def test_a_wrong_code_replaces_nothing(self, client, person, sign_in):
        sign_in()
        before = list(person.authenticator_set.values())
        client.get(self.REPLACE)
        assert "Code is wrong" in client.post(self.REPLACE, {"code": "000000"}).text
        assert list(person.authenticator_set.values()) == before

    def test_nobody_replaces_it_who_signed_in_long_ago(self, client, sign_in, time_machine):
        sign_in()
        time_machine.move_to(NOON + timedelta(minutes=16))
        page = client.get(self.REPLACE, follow=True)
        assert "Confirm that it is you" in page.text

    def test_without_an_app_one_is_connected(self, client, person, passkey, sign_in):
        sign_in()
        person.authenticator_set.filter(type="totp").delete()
        assert client.get(self.REPLACE).url == APP

    def test_only_who_has_a_passkey_too_can_do_without(self, client, passkey, sign_in):
        sign_in()
        assert "Stop using an authenticator app" in client.get(self.REPLACE).text
        passkey.delete()
        assert "Stop using an authenticator app" not in client.get(self.REPLACE).text

    def test_the_owner_of_a_recovery_code_hears_that_it_was_used(
        self, client, person, sign_in, recovery_code
    ):
        sign_in(recovery_code)
        assert entries("recovery-code-used")[-1]["person"] == str(person.reference)
        (mail,) = [mail for mail in sent() if "recovery code" in mail.body]
        assert mail.to == [person.email]
        assert "one of your recovery codes was used (9 codes left)" in mail.body


class TestLost:
    def test_an_administrator_resets_it_and_sessions_end(
        self, client, person, sign_in, administrator
    ):
        sign_in()
        keeping.reset_factors(person, by=administrator, at=NOON)
        assert client.get("/staff/").status_code == 302
        assert not Authenticator.objects.filter(user=person).exists()
        assert "reset by an administrator" in sent()[-1].body
        assert "sign in and set up a new second step now" in sent()[-1].body
        assert "you do not need to do anything" not in sent()[-1].body
        page = client.post(SIGN_IN, {"login": person.email, "password": "x"}, follow=True)
        assert "Set up a second step" in page.text

    def test_a_page_that_asked_about_another_second_step_resets_nothing(
        self, client, person, secret, administrator
    ):
        client.force_login(administrator)
        address = f"/staff/people/{person.reference}/second-step/"
        page = client.get(address).text
        assert "their password is enough to do so" in " ".join(page.split())
        seen = page.split('name="seen" value="')[1].split('"')[0]
        person.authenticator_set.all().delete()
        TOTP.activate(person, secret)
        page = client.post(address, {"seen": seen}, follow=True).text
        assert "Their second step has changed since you opened this page" in page
        assert person.authenticator_set.exists()

    @pytest.fixture
    def administrator(self, policy):
        return UserFactory(email="admin@example.org", roles=["administrator"])


class TestExample:
    def test_the_codes_are_shown_in_the_example_alone(self, client, policy, settings, tmp_path):
        settings.EXAMPLE = False
        assert client.get("/accounts/example-codes/").status_code == 404
        settings.EXAMPLE, settings.DATA_DIR = True, tmp_path
        assert "The example is not loaded" in client.get("/accounts/example-codes/").text
        line = "Auditor: a@example.org  pass  JBSWY3DPEHPK3PXP\nOld: b@example.org  pass\n"
        (tmp_path / "example-sign-ins.txt").write_text(line)
        page = client.get("/accounts/example-codes/")
        code = codes.code_now("JBSWY3DPEHPK3PXP")
        assert f"{code[:3]}\N{NO-BREAK SPACE}{code[3:]}" in page.text
        assert "a@example.org" in page.text
        assert "b@example.org" not in page.text
        assert 1 <= int(page["Refresh"]) <= 31
