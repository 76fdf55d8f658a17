"""What comes back from the provider of single sign-on is believed only if all of it is right."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured

from privacy_portal import environment
from privacy_portal.signing_in import id_tokens, provider
from privacy_portal.signing_in.id_tokens import RefusedError
from privacy_portal.signing_in.provider import AwayError
from tests.example import NOON
from tests.single_sign_on import CLIENT, TENANT, arrives, configured

_OTHERS = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


class TestTokens:
    """The id token of a real sign-in, and the same with one thing wrong."""

    @pytest.fixture
    def real(self, client, provided, connected, ann, monkeypatch):
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


def signed(real, key, algorithm, **changes):
    claims = jwt.decode(real["token"], options={"verify_signature": False})
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "one"})


def ours(real, changes):
    """Return an id token with these claims changed, signed by a key that counts as the provider's."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_OTHERS.public_key(), as_dict=True)
    return {
        **real,
        "token": signed(real, _OTHERS, "RS256", **changes),
        "key_set": {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]},
    }


class TestProvider:
    """What the provider says of itself."""

    SAID = {
        "issuer": "https://id.example.org", "authorization_endpoint": "https://id.example.org/a",
        "token_endpoint": "https://id.example.org/t", "jwks_uri": "https://id.example.org/k",
    }  # fmt: skip

    @pytest.fixture
    def metadata(self, monkeypatch):
        """What the portal makes of it: of a provider that says this, known by its issuer and tenant."""

        def made(said, issuer="https://id.example.org", tenant=""):
            monkeypatch.setattr(provider, "_json", lambda *asked: {**self.SAID, **said})
            return provider.metadata(configured(issuer, tenant))

        return made

    def test_it_takes_the_secret_as_it_says(self, metadata):
        ways = "token_endpoint_auth_methods_supported"
        assert metadata({}).takes_basic
        assert not metadata({ways: ["client_secret_post"]}).takes_basic

    def test_the_issuer_of_all_tenants_stands_for_that_of_the_one_that_counts(self, metadata):
        """As Microsoft Entra has it."""
        said = {"issuer": "https://id.example.org/{tenantid}/v2"}
        common = "https://id.example.org/common/v2"
        assert metadata(said, common, tenant="t1").issuer == "https://id.example.org/t1/v2"
        with pytest.raises(AwayError):
            metadata(said, common)

    @pytest.mark.parametrize(
        "said",
        [
            {"issuer": "https://id.example.org/"}, {"issuer": "https://elsewhere.example.org"},
            {"token_endpoint": "http://id.example.org/t"}, {"jwks_uri": None}, {"issuer": None},
            {"token_endpoint_auth_methods_supported": None},
        ],
    )  # fmt: skip
    def test_one_that_says_to_be_another_or_is_not_safe_is_not_used(self, metadata, said):
        with pytest.raises(AwayError):
            metadata(said)


class TestSettings:
    def test_all_of_them_are_needed_and_tls_but_on_this_machine(self, monkeypatch):
        def known(plain_http=False, **names):
            for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "TENANT", "NAME"):
                monkeypatch.setenv(f"OIDC_{name}", names.get(name, ""))
            return environment.single_sign_on(plain_http=plain_http)

        all_of_them = {
            "ISSUER": "https://id.example.org",
            "CLIENT_ID": "p",
            "CLIENT_SECRET": "hush",
        }
        assert known() is None
        found = known(**all_of_them)
        assert (found.issuer, found.tenant, found.name) == (
            "https://id.example.org", "", "your council account",
        )  # fmt: skip
        assert "hush" not in repr(found)
        assert known(**all_of_them, TENANT="t1", NAME="your Wigan account").tenant == "t1"
        with pytest.raises(ImproperlyConfigured, match="without OIDC_CLIENT_SECRET"):
            known(**{**all_of_them, "CLIENT_SECRET": ""})
        plain = {**all_of_them, "ISSUER": "http://id.example.org"}
        with pytest.raises(ImproperlyConfigured, match="must begin with https"):
            known(**plain)
        assert known(plain_http=True, **plain)
