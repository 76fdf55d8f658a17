"""Agreements from draft to signature: pages, the database’s own refusals, files of policy."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from consent.models import School
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing import rules
from sharing.agreements import (
    queries as agreement_queries,
    signing,
)
from sharing.agreements.rules import Section, Standing
from sharing.deciding import policy
from sharing.models import AgreementEvent, AgreementVersion, Signing
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.sharing import PDF, AgreementDraftFactory
from tests.forms import day_fields
from tests.sharing.agreements.pages import (
    START,
    assess,
    complete,
    edit,
    in_force,
    post_signatures,
    seen,
)

pytestmark = pytest.mark.django_db


def test_a_draft_lists_what_is_missing_each_linked_to_its_field(desk, draft):
    page = desk.get(draft).text
    assert f'href="{draft}edit/law/#id_legal_gateway"' in page
    assert 'id="id_legal_gateway"' in desk.get(f"{draft}edit/law/").text
    assert f'href="{draft}edit/items/#id_items"' in page
    assert "Record signatures" not in page
    assert in_force() == [rules.Reason.NOT_SIGNED]
    complete(desk, draft)
    assert "Record signatures" in desk.get(draft).text


def test_every_missing_point_links_to_a_field_that_is_on_its_page(desk, draft):
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    gaps = signing.missing_in(signing.dump_version(version))
    assert len(gaps) > 12
    for gap in gaps:
        page = desk.get(f"{draft}edit/{gap.section}/").text
        assert f'id="id_{gap.field}' in page, gap


def test_signing_keeps_names_days_and_the_pdf_and_the_later_day_counts(desk, draft, officer):
    complete(desk, draft)
    assert post_signatures(desk, draft).status_code == 302
    found = Signing.objects.get()
    assert (found.council_name, found.recipient_name) == ("Dana Director", "Hal Head")
    assert found.version.signed_on == DAY
    assert in_force() == []
    assert in_force(on=DAY - timedelta(days=1))[0] is rules.Reason.NOT_SIGNED
    paper = desk.get(f"{draft}signed.pdf")
    assert paper.content == PDF
    assert "sandbox" in paper["Content-Security-Policy"]
    page = desk.get(draft).text
    assert "Dana Director, Director" in page
    assert "Throw the draft away" not in page
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
    logged = [body for body in bodies if body["event"] == "agreement-signed"]
    assert [each["document"] for each in logged] == [found.sha256]


def test_an_incomplete_agreement_cannot_be_signed(desk, draft):
    response = post_signatures(desk, draft)
    assert "not complete" in desk.get(response.url).text
    assert not Signing.objects.exists()
    assert in_force() == [rules.Reason.NOT_SIGNED]


def test_what_is_no_pdf_or_signed_in_the_future_is_refused(desk, draft):
    complete(desk, draft)
    response = post_signatures(desk, draft, document=b"PK hello", recipient=DAY + timedelta(days=1))
    assert response.status_code == 422
    assert "must be a PDF" in response.text
    assert "must be today or in the past" in response.text
    assert not Signing.objects.exists()


def test_no_file_stays_behind_where_the_signing_fails(desk, draft, settings):
    complete(desk, draft)
    part = signing.dump_version(AgreementVersion.objects.get(agreement__reference="NEW-1"))
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    side = signing.Side("x", "y", DAY)
    folder = settings.PRIVATE_DIR / "agreements"
    before = set(folder.glob("*"))
    with pytest.raises(NotNowError):
        signing.sign(
            version.pk, council=side, recipient=side, document=PDF, seen="another",
            by=AgreementEvent.objects.last().by, at=NOON,
        )  # fmt: skip
    assert set(folder.glob("*")) == before
    assert signing.token_of(part) != "another"


def test_two_who_write_at_once_overwrite_nothing(desk, draft):
    address = f"{draft}edit/law/"
    old = seen(desk, address)
    assert edit(desk, draft, "rights", rights="First.").status_code == 302
    response = desk.post(address, {"seen": old, "lawful_basis": "mine", "legal_gateway": ""})
    assert response.status_code == 409
    assert "have not been saved" in response.text
    assert ">mine</textarea>" in response.text
    assert AgreementVersion.objects.get(agreement__reference="NEW-1").lawful_basis == ""


def test_a_signed_agreement_never_changes(desk, signed):
    assert desk.get(f"{signed}edit/law/").status_code == 404
    assert desk.get(f"{signed}sign/").status_code == 404
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    with pytest.raises(IntegrityError, match="it never changes"), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(benefit="More.")
    for table in ("sharing_signing", "sharing_agreementevent"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()"):
            with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
                connection.cursor().execute(change)


def test_a_variation_is_a_new_version_and_the_pages_show_what_changed(desk, signed):
    response = desk.post(f"{signed}next/")
    new = response.url
    assert new.endswith("/2/")
    assert desk.post(f"{signed}next/").url == signed.rsplit("/", 2)[0] + "/"
    assert edit(desk, new, "items", form="named", items=["pupil.upn", "pupil.school"])
    assert edit(desk, new, "rights", rights="The organisation answers.").status_code == 302
    page = desk.get(f"{signed.rsplit('/', 2)[0]}/changes/1/2/").text
    assert "<ins>" in page
    assert "organisation" in page
    assert "School" in page
    assert "The terms of these versions are the same" not in page
    assess(desk, new)
    assert post_signatures(desk, new).status_code == 302
    assert policy.load("NEW-1", "performance-analysis", DAY).policy.agreement.version == 2
    reviews = agreement_queries.agreement_reviews(DAY)
    found = next(each for each in reviews if each.agreement.reference == "NEW-1")
    assert [version.standing for version in found.versions] == [
        Standing.IN_FORCE,
        Standing.REPLACED,
    ]


def test_a_draft_can_be_thrown_away_and_begun_anew(desk, draft):
    assert "Are you sure you want to delete the draft" in desk.get(f"{draft}discard/").text
    assert desk.post(f"{draft}discard/").url == "/staff/agreements/"
    assert desk.get(draft).status_code == 404
    assert desk.post("/staff/agreements/new/", START).status_code == 302
    assert desk.post("/staff/agreements/new/", START).status_code == 422


def test_what_is_written_here_goes_out_and_in_with_the_policy(desk, signed, tmp_path):
    out = tmp_path / "policy.json"
    call_command("policy", "export", str(out), stdout=io.StringIO())
    exported = json.loads(out.read_text())
    mine = next(each for each in exported["agreements"] if each["reference"] == "NEW-1")
    assert mine["sent_by"] == "zip"
    assert "statistics_profile" not in mine
    old = next(each for each in exported["agreements"] if each["reference"] == "WIG-ALK")
    assert "roles" not in old
    assert run("policy", "import", out).code == 0
    mine["benefit"] = "Another."
    out.write_text(json.dumps(exported))
    refused = run("policy", "import", out)
    assert refused.code == 3
    assert "benefit" in refused.said
    assert json.loads(POLICY.read_text())["agreements"]


def test_the_terms_come_as_pdf_with_lines_to_sign(desk, draft):
    from pypdf import PdfReader

    paper = desk.get(f"{draft}agreement.pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert "A new agreement" in text
    assert "Signature:" in text


def test_another_audience_takes_the_items_of_the_first_away(desk, draft):
    complete(desk, draft)
    parties = {name: START[name] for name in ("title", "recipient", "kind")}
    edit(desk, draft, "parties", **parties, audience="workforce")
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    assert not version.items.exists()
    assert not version.purposes.exists()


def test_what_a_file_leaves_out_stays_as_it_was_written_here(desk, draft, tmp_path):
    """A file made before there were these points takes none of them away."""
    complete(desk, draft)
    out = tmp_path / "policy.json"
    call_command("policy", "export", str(out), stdout=io.StringIO())
    document = json.loads(out.read_text())
    mine = next(each for each in document["agreements"] if each["reference"] == "NEW-1")
    for name in ("benefit", "sent_by", "rights"):
        del mine[name]
    mine["legal_gateway"] = "Another."
    out.write_text(json.dumps(document))
    assert run("policy", "import", out).code == 0
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    assert (version.benefit, version.sent_by) == ("Fair targets.", "zip")
    assert version.legal_gateway == "Another."


def test_pages_of_what_is_not_there_are_not_found(desk, draft):
    assert desk.get(f"{draft}edit/poetry/").status_code == 404
    assert desk.get(f"{draft}praise/").status_code == 404
    assert desk.get(f"{draft}signed.pdf").status_code == 404
    assert desk.get(f"{draft}basis/").status_code == 404
    agreement = draft.rsplit("/", 2)[0]
    assert desk.get(f"{agreement}/99/").status_code == 404
    assert desk.get("/staff/agreements/999999/").status_code == 404


def test_an_agreement_may_end_on_the_last_of_all_days(desk, draft):
    complete(desk, draft)
    review = day_fields("review_on", date(2028, 1, 1))
    days = {**day_fields("starts", DAY), **day_fields("ends", date.max)}
    assert (
        "must be in a year from 1900 to 2199" in edit(desk, draft, "dates", **days, **review).text
    )
    days |= day_fields("ends", date(2199, 12, 31))
    assert edit(desk, draft, "dates", **days, **review, at_end="Gone.").status_code == 302
    assert post_signatures(desk, draft).status_code == 302
    suspended = {**day_fields("first", DAY), "last_0": "", "last_1": "", "last_2": "", "note": "x"}
    assert desk.post(f"{draft}suspend/", suspended).status_code == 302
    for page in (draft, "/staff/agreements/", "/sharing/fft/"):
        assert desk.get(page).status_code == 200, page


def test_days_in_the_wrong_order_are_refused(desk, signed):
    draft = desk.post(f"{signed}next/").url
    days = {**day_fields("starts", DAY), **day_fields("ends", DAY - timedelta(days=1))}
    page = edit(desk, draft, "dates", **days)
    assert page.status_code == 422
    assert "End date must be the same as or after the start date" in page.text
    period = {
        **day_fields("first", DAY + timedelta(days=2)),
        **day_fields("last", DAY),
        "note": "x",
    }
    page = desk.post(f"{signed}suspend/", period)
    assert page.status_code == 422
    assert "End date must be the same as or after the start date" in page.text
    assert in_force() == []


@pytest.mark.parametrize("reference", ["A B", "Ä-1", "1;2"])
def test_a_reference_has_no_other_signs(desk, reference):
    page = desk.post("/staff/agreements/new/", {**START, "reference": reference})
    assert page.status_code == 422
    assert "Reference must only include" in page.text
    assert not AgreementVersion.objects.filter(agreement__reference=reference).exists()


def test_a_draft_that_a_colleague_deleted_is_not_changed(desk, draft, officer):
    version = AgreementVersion.objects.get(agreement__reference="NEW-1")
    part = signing.dump_version(version)
    signing.discard(version.pk, by=officer, at=NOON)
    with pytest.raises(NotNowError):
        signing.discard(version.pk, by=officer, at=NOON)
    with pytest.raises(NotNowError):
        signing.change(
            version.pk, Section.LAW, {}, seen=signing.token_of(part), by=officer, at=NOON
        )


def test_the_schools_of_an_agreement_are_named(desk, example):
    version = AgreementDraftFactory(schools=["990001", "999999"])
    page = desk.get(f"/staff/agreements/{version.agreement_id}/1/").text
    school = School.objects.get(urn="990001")
    assert school.name in page
    assert "999999" in page
