"""The lawful basis as a code: read from the text until somebody confirms it, never a signed term."""

import json

import pytest

from privacy_portal.ground.errors import NotNowError
from sharing.agreements import lawful_bases
from sharing.agreements.in_force import agreements_in_force
from sharing.agreements.lawful_bases import bases_of
from sharing.agreements.objectionable import objectionable
from sharing.agreements.storing import dump_version
from sharing.models import ConfirmedBasis
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.log_entries import events


def version(recipient="fft"):
    """The version with the organisation that is in force."""
    return next(each for each in agreements_in_force(DAY) if each.recipient.code == recipient)


def open_to_objections():
    return {matter.recipient.code for matter in objectionable(DAY)}


@pytest.mark.django_db
class TestConfirming:
    def test_an_officer_confirms_it_and_the_signed_terms_stay(self, policy, client, officer):
        client.force_login(officer)
        signed = version()
        before = dump_version(signed)
        page = f"/staff/agreements/{signed.agreement_id}/{signed.number}/"
        assert "Nobody has confirmed this yet" in client.get(page).text
        assert signed.recipient.code in open_to_objections()
        assert client.post(f"{page}basis/", {"code": "x"}).status_code == 422
        assert client.post(f"{page}basis/", {"code": "6(1)(c)"}).status_code == 302
        assert "Confirmed on" in client.get(page).text
        assert "Article 6(1)(c)" in client.get(page).text
        assert signed.recipient.code not in open_to_objections()
        assert dump_version(version()) == before
        assert events()[-1] == "lawful-basis-confirmed"
        assert bases_of([signed])[signed.pk].confirmed.by == officer

    def test_the_latest_counts_and_none_is_lost(self, policy, officer):
        for code in ("6(1)(c)", "6(1)(e)"):
            lawful_bases.confirm(version(), code, by=officer, at=NOON)
        assert bases_of([version()])[version().pk].code == "6(1)(e)"
        assert ConfirmedBasis.objects.count() == 2

    def test_a_draft_says_it_in_its_terms(self, policy, officer):
        draft = version()
        draft.signed_on = None
        with pytest.raises(NotNowError, match="in its terms"):
            lawful_bases.confirm(draft, "6(1)(c)", by=officer, at=NOON)


@pytest.mark.django_db
class TestThePolicyFile:
    def test_a_file_without_codes_changes_nothing_twice(self, policy):
        assert run("policy", "import", POLICY).code == 0
        assert not ConfirmedBasis.objects.exists()

    def test_a_confirmed_code_goes_out_and_comes_in_again(self, policy, officer, tmp_path):
        lawful_bases.confirm(version(), "6(1)(c)", by=officer, at=NOON)
        out = tmp_path / "policy.json"
        assert run("policy", "export", out).code == 0
        codes = [
            each["lawful_basis_code"]
            for each in json.loads(out.read_text())["agreements"]
            if "lawful_basis_code" in each
        ]
        assert codes == ["6(1)(c)"]
        assert run("policy", "import", out).code == 0
        assert ConfirmedBasis.objects.count() == 1
        again = tmp_path / "again.json"
        run("policy", "export", again)
        assert again.read_text() == out.read_text()

    def test_a_file_may_give_the_code_of_what_is_signed(self, policy, tmp_path):
        document = json.loads(POLICY.read_text())
        document["agreements"][0]["lawful_basis_code"] = "6(1)(f)"
        path = tmp_path / "policy.json"
        path.write_text(json.dumps(document))
        assert run("policy", "import", path).code == 0
        assert ConfirmedBasis.objects.get().by is None
        document["agreements"][0]["lawful_basis_code"] = "6(1)(x)"
        path.write_text(json.dumps(document))
        assert run("policy", "import", path).code == 2
