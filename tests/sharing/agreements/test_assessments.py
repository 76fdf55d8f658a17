"""The impact assessment and the data protection officer's view: asked for before an agreement is
signed (A3), kept with it, and no term of what both sides sign."""

import io
import json
from datetime import timedelta

import pytest
from pypdf import PdfReader

from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.agreements import queries as agreement_queries, signing
from sharing.agreements.rules import Standing, Warn
from sharing.agreements.storing import dump_version
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementVersion, Signing
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.sharing import AgreementDraftFactory, AgreementFactory
from tests.forms import day_fields
from tests.log_entries import entries
from tests.sharing.agreements.pages import assess, complete, edit, post_signatures
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db
AGAINST = {
    "dpo_view": "advises-against",
    "dpo_advice": "Too many people see it.",
    "against_advice": "A court ordered it.",
}


def stored():
    return AgreementVersion.objects.get(agreement__reference="NEW-1")


def test_an_agreement_without_them_is_not_signed(desk, draft):
    complete(desk, draft)
    assess(desk, draft, dpo_view="", **day_fields("dpo_on", DAY) | {"dpia_outcome": "not-needed"})
    page = desk.get(draft).text
    assert "why the risk is accepted, or why no DPIA is needed" in page
    assert "the data protection officer’s view" in page
    assert "Record signatures" not in page
    assert "not complete" in desk.get(post_signatures(desk, draft).url).text
    assert not Signing.objects.exists()


def test_what_the_officer_said_is_kept_and_never_changes(desk, draft):
    complete(desk, draft)
    assess(desk, draft, **AGAINST)
    page = desk.get(f"{draft}sign/").text
    assert "advises against" in page
    assert post_signatures(desk, draft).status_code == 302
    page = desk.get(draft).text
    assert "The data protection officer advises against this agreement." in page
    assert "Too many people see it." in page
    assert "A court ordered it." in page
    assert desk.get(f"{draft}edit/assessment/").status_code == 404
    logged = entries("agreement-signed")[-1]
    assert logged["assessment"] == signing.assessment_digest(dump_version(stored()))
    assert "court" not in json.dumps(logged)


def test_the_paper_for_the_other_side_has_terms_only(desk, draft):
    complete(desk, draft)
    before = signing.terms_digest(dump_version(stored()))
    assess(desk, draft, **AGAINST)
    pages = PdfReader(io.BytesIO(desk.get(f"{draft}agreement.pdf").content)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Too many people" not in text
    assert "Lawful basis" in text
    assert signing.terms_digest(dump_version(stored())) == before


def test_a_view_of_tomorrow_is_refused(desk, draft):
    tomorrow = day_fields("dpo_on", DAY + timedelta(days=1))
    page = edit(desk, draft, "assessment", dpo_view="agrees", **tomorrow)
    assert page.status_code == 422
    assert "Date of their view must be today or in the past" in page.text
    assert stored().dpo_view == ""


def test_a_draft_that_was_changed_after_the_view_says_so(desk, draft, officer, time_machine):
    complete(desk, draft)
    assess(desk, draft, **day_fields("dpo_on", DAY))
    assert "Changed after" not in desk.get(draft).text
    time_machine.move_to(NOON + timedelta(days=1))
    desk.force_login(officer)
    assess(desk, draft, **day_fields("dpo_on", DAY))
    assert "Changed after" not in desk.get(draft).text
    edit(desk, draft, "rights", rights="Nobody.")
    edit(desk, draft, "law", lawful_basis="Public task", legal_gateway="None.")
    page = " ".join(desk.get(draft).text.split())
    assert (
        "Changed after the data protection officer’s view of 23 November 2026: "
        "Law, people’s rights. Ask them again"
    ) in page
    assess(desk, draft, **day_fields("dpo_on", DAY + timedelta(days=1)))
    assert "Changed after" not in desk.get(draft).text


def test_the_next_version_is_assessed_again_under_the_same_reference(desk, signed):
    new = desk.post(f"{signed}next/").url
    later = AgreementVersion.objects.get(agreement__reference="NEW-1", number=2)
    assert later.dpia_reference == "DPIA-1"
    assert (later.dpia_outcome, later.dpo_view, later.dpo_on) == ("", "", None)
    assert "the outcome of the DPIA" in desk.get(new).text


def test_a_lawful_basis_that_is_none_of_article_6_is_not_signed(desk, draft):
    complete(desk, draft)
    edit(desk, draft, "law", lawful_basis="As we always did", legal_gateway="None is needed.")
    page = desk.get(draft).text
    assert "the text names none of its parts" in page
    assert "Record signatures" not in page
    assert post_signatures(desk, draft).status_code == 302
    assert not Signing.objects.exists()
    edit(desk, draft, "law", lawful_basis="Legal obligation", legal_gateway="None is needed.")
    assert post_signatures(desk, draft).status_code == 302
    assert Signing.objects.exists()


def test_agreements_signed_elsewhere_stay_valid_and_are_not_asked_afterwards(policy):
    agreements = {
        agreement.agreement.reference: agreement
        for agreement in agreement_queries.agreement_reviews(DAY)
    }
    assert agreements["WIG-FFT"].standing is Standing.IN_FORCE
    for _, warnings in agreement_queries.with_warnings(DAY, agreements.values()):
        gaps = [
            gap for warning in warnings if warning.kind is Warn.INCOMPLETE for gap in warning.about
        ]
        assert not any("DPIA" in gap or "protection officer" in gap for gap in gaps)


def test_they_go_out_and_in_with_the_policy_and_old_files_change_nothing(policy, tmp_path):
    AgreementFactory(reference="MINE", **AGAINST)
    AgreementDraftFactory(reference="DRAFT", dpia_outcome="not-needed", dpia_reason="Few pupils.")
    out = tmp_path / "policy.json"
    assert run("policy", "export", out).code == 0
    document = json.loads(out.read_text())
    by_reference = {part["reference"]: part for part in document["agreements"]}
    assert by_reference["MINE"]["against_advice"] == "A court ordered it."
    assert by_reference["MINE"]["dpo_on"] == (DAY - timedelta(days=9)).isoformat()
    assert by_reference["DRAFT"]["dpia_reason"] == "Few pupils."
    assert "dpia_outcome" not in by_reference["WIG-FFT"]
    again = run("policy", "import", out, "--json")
    assert (again.code, json.loads(again.out)["changed"]) == (0, False)
    for name in ("dpia_outcome", "dpo_view", "dpo_on", "dpo_advice", "against_advice"):
        del by_reference["MINE"][name]
    out.write_text(json.dumps(document))
    again = run("policy", "import", out, "--json")
    assert (again.code, json.loads(again.out)["changed"]) == (0, False)
    by_reference["MINE"]["dpo_view"] = "agrees"
    out.write_text(json.dumps(document))
    refused = run("policy", "import", out)
    assert refused.code == 3
    assert "differs in dpo_view" in refused.said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("dpia_outcome", "fine", "agreements[1].dpia_outcome: 'fine' is not one of"),
        ("dpo_view", "maybe", "agreements[1].dpo_view: 'maybe' is not one of"),
        ("dpo_on", "2026-02-30", "agreements[1].dpo_on: '2026-02-30' is not a date"),
        ("dpia_reference", "x" * 201, "agreements[1].dpia_reference: "),
    ],
)
def test_faults_of_a_file_name_their_place(db, write, name, value, said):
    document = json.loads(POLICY.read_text())
    document["agreements"][1][name] = value
    ran = run("policy", "import", write(json.dumps(document), "p.json"))
    assert ran.code == 2
    assert said in ran.said


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE sharing_agreementversion SET dpo_view = 'agrees' WHERE dpo_view <> ''",
            "differs from what was logged in assessment",
        ),
        (
            "UPDATE sharing_agreementversion SET dpo_on = dpo_on - 1",
            "differs from what was logged in assessment",
        ),
        ("UPDATE sharing_signing SET sha256 = ''", "differs from what was logged in"),
        ("UPDATE sharing_signing SET terms_sha256 = ''", "differs from what was logged in"),
        (
            "UPDATE sharing_signing SET council_name = 'x'",
            "differs from what was logged in what people",
        ),
        (
            "DELETE FROM sharing_agreeditem WHERE id = (SELECT max(id) FROM sharing_agreeditem)",
            "its signing differs from what was logged in terms",
        ),
        (
            """UPDATE sharing_agreementversion SET ends = ends + 1
            WHERE id = (SELECT max(id) FROM sharing_agreementversion)""",
            "its signing differs from what was logged in terms",
        ),
        ("DELETE FROM sharing_signing", "the signing it vouches for is missing"),
    ],
)
def test_the_log_says_when_they_were_tampered_with(policy, sql, said):
    AgreementFactory(reference="MINE", **AGAINST)
    assert verify_log(lambda size: None).size
    past_the_guards(sql)
    with pytest.raises(LogBrokenError, match=said):
        verify_log(lambda size: None)


def test_a_signing_without_an_entry_is_seen(policy):
    AgreementFactory(reference="MINE")
    draft = AgreementDraftFactory(reference="OTHER")
    past_the_guards(
        f"""INSERT INTO sharing_signing (version_id, council_name, council_role, council_on,
        recipient_name, recipient_role, recipient_on, file, bytes, sha256, terms_sha256, at, by_id)
        SELECT {draft.pk}, council_name, council_role, council_on, recipient_name, recipient_role,
        recipient_on, gen_random_uuid(), bytes, sha256, terms_sha256, at, by_id FROM sharing_signing"""
    )
    with pytest.raises(
        LogBrokenError, match=r"signing [0-9]+ is stored, but no entry vouches for it"
    ):
        verify_log(lambda size: None)


def test_an_agreement_terminated_on_the_day_it_was_signed_may_have_been_used_that_day(desk, signed):
    assert (
        desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "x"}).status_code == 302
    )
    agreement = signed.rsplit("/", 2)[0] + "/"
    for address in (agreement, "/staff/agreements/?words=NEW-1"):
        page = " ".join(desk.get(address).text.split())
        assert "In force for part of 23 November 2026 at most" in page
        assert "Never in force" not in page
