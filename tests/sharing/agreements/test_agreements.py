"""Agreements from draft to end: pages, verbs, the database's own refusals, reminders."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from sharing import rules
from sharing.agreements import (
    queries as agreement_queries,
    reminding as agreement_reminding,
    signing,
)
from sharing.agreements.rules import Section, Standing
from sharing.deciding import policy
from sharing.models import AgreementEvent, AgreementVersion, Signing, Suspension
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.sharing import PDF, AgreementFactory
from tests.forms import day_fields
from tests.releases import hand_over_extract

pytestmark = pytest.mark.django_db
TEXTS = {
    "purpose": {"purposes": ["performance-analysis"], "benefit": "Fair targets."},
    "items": {"form": "named", "items": ["pupil.upn", "pupil.sex"]},
    "law": {"lawful_basis": "UK GDPR Article 6(1)(e)", "legal_gateway": "None is needed."},
    "handling": {"access": "x", "transfer": "x", "sent_by": "zip", "security": "x"},
    "keeping": {"retention_months": "12", "deletion": "Shredded."},
    "rights": {"rights": "The council answers."},
    "signatories": {"signs_for_council": "Director", "signs_for_recipient": "Head"},
}


START = {
    "reference": "NEW-1",
    "title": "A new agreement",
    "recipient": "fft",
    "audience": "pupil",
    "kind": "controller-to-controller",
    "form": "named",
    **day_fields("starts", DAY),
    **day_fields("ends", DAY + timedelta(days=365)),
}


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def draft(desk):
    response = desk.post("/staff/agreements/new/", START)
    assert response.status_code == 302
    return response.url


def seen(client, address):
    page = client.get(address).text
    return page.split('name="seen" value="')[1].split('"')[0]


def edit(client, draft, section, **fields):
    address = f"{draft}edit/{section}/"
    return client.post(address, {"seen": seen(client, address), **fields})


def complete(client, draft):
    for section, fields in TEXTS.items():
        assert edit(client, draft, section, **fields).status_code == 302, section
    parties = {name: START[name] for name in ("title", "recipient", "audience", "kind")}
    contact = {"roles": "Both.", "contact_name": "Data", "contact_email": "data@example.org"}
    assert edit(client, draft, "parties", **parties, **contact).status_code == 302
    dates = {name: START[name] for name in START if name.startswith(("starts", "ends"))}
    review = day_fields("review_on", DAY + timedelta(days=300))
    assert edit(client, draft, "dates", **dates, **review, at_end="Gone.").status_code == 302


def post_signatures(client, draft, council=DAY - timedelta(days=3), recipient=DAY, document=PDF):
    return client.post(
        f"{draft}sign/",
        {
            "seen": seen(client, f"{draft}sign/"),
            "council_name": "Dana Director",
            "council_role": "Director",
            **day_fields("council_on", council),
            "recipient_name": "Hal Head",
            "recipient_role": "Head",
            **day_fields("recipient_on", recipient),
            "document": SimpleUploadedFile("signed.pdf", document),
        },
    )


@pytest.fixture
def signed(desk, draft):
    complete(desk, draft)
    assert post_signatures(desk, draft).status_code == 302
    return draft


def in_force(reference="NEW-1", on=DAY):
    loaded = policy.load(reference, "performance-analysis", on)
    return loaded.policy.agreement and rules.agreement_reasons(loaded.policy.agreement, on)


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
    bodies = [json.loads(bytes(each.body)) for each in Entry.objects.order_by("seq")]
    logged = [each for each in bodies if each["event"] == "agreement-signed"]
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
    assert post_signatures(desk, new).status_code == 302
    assert policy.load("NEW-1", "performance-analysis", DAY).policy.agreement.version == 2
    listed = agreement_queries.agreement_reviews(DAY)
    found = next(each for each in listed if each.agreement.reference == "NEW-1")
    assert [each.standing for each in found.versions] == [Standing.IN_FORCE, Standing.REPLACED]


def test_a_draft_can_be_thrown_away_and_begun_anew(desk, draft):
    assert "Are you sure you want to delete the draft" in desk.get(f"{draft}discard/").text
    assert desk.post(f"{draft}discard/").url == "/staff/agreements/"
    assert desk.get(draft).status_code == 404
    assert desk.post("/staff/agreements/new/", START).status_code == 302
    assert desk.post("/staff/agreements/new/", START).status_code == 422


def test_suspending_holds_back_from_that_day_and_lifting_lets_go_again(desk, signed):
    response = desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "A breach."})
    assert response.status_code == 302
    assert in_force() == [rules.Reason.SUSPENDED]
    assert "Lift suspension" in desk.get(signed).text
    past = DAY - timedelta(days=1)
    early = desk.post(f"{signed}lift/", {**day_fields("from_day", past), "note": "Mended."})
    assert early.status_code == 422
    tomorrow = DAY + timedelta(days=1)
    assert desk.post(f"{signed}lift/", {**day_fields("from_day", tomorrow), "note": "Mended."})
    assert in_force() == [rules.Reason.SUSPENDED]
    assert in_force(on=tomorrow) == []
    page = desk.get(signed.rsplit("/", 2)[0] + "/").text
    assert "A breach." in page
    assert "Mended." in page


def test_a_suspension_by_mistake_is_lifted_on_the_day_it_began_and_then_never_held(desk, signed):
    desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "Wrong agreement."})
    assert in_force() == [rules.Reason.SUSPENDED]
    lifted = desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "A slip."})
    assert lifted.status_code == 302
    assert in_force() == []
    assert in_force(on=DAY + timedelta(days=1)) == []
    assert (
        "A suspension from 23 November 2026 was lifted before it started." in desk.get(signed).text
    )
    page = desk.get(signed.rsplit("/", 2)[0] + "/").text
    assert "Wrong agreement." in page
    assert "A slip." in page
    bodies = [json.loads(bytes(each.body)) for each in Entry.objects.order_by("-seq")[:2]]
    assert [each["event"] for each in bodies] == ["agreement-lifted", "agreement-suspended"]
    assert bodies[0]["first"] == bodies[1]["on"] == DAY.isoformat()
    # It can be suspended again on that very day, and lifted again.
    assert (
        desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "x"}).status_code == 302
    )
    assert in_force() == [rules.Reason.SUSPENDED]
    assert (
        desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).status_code == 302
    )
    assert in_force() == []
    assert (
        "It is not suspended"
        in desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).text
    )


def test_one_that_is_still_to_come_or_has_a_last_day_is_lifted_too(desk, signed):
    soon, end = DAY + timedelta(days=5), DAY + timedelta(days=9)
    period = {**day_fields("first", soon), **day_fields("last", end), "note": "x"}
    desk.post(f"{signed}suspend/", period)
    late = {**day_fields("from_day", end + timedelta(days=1)), "note": "x"}
    assert "already ends" in desk.post(f"{signed}lift/", late).text
    shorter = {**day_fields("from_day", soon + timedelta(days=1)), "note": "x"}
    assert desk.post(f"{signed}lift/", shorter).status_code == 302
    assert in_force(on=soon) == [rules.Reason.SUSPENDED]
    assert in_force(on=soon + timedelta(days=1)) == []
    assert (
        desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).status_code == 302
    )
    assert in_force(on=soon) == []


def test_of_several_suspensions_one_is_chosen(desk, signed):
    for ahead in (3, 30):
        first, last = DAY + timedelta(days=ahead), DAY + timedelta(days=ahead + 2)
        desk.post(
            f"{signed}suspend/",
            {**day_fields("first", first), **day_fields("last", last), "note": "x"},
        )
    assert "From 26 November 2026 to 28 November 2026" in desk.get(f"{signed}lift/").text
    later = Suspension.objects.order_by("first").last()
    answer = {**day_fields("from_day", DAY), "note": "x"}
    assert desk.post(f"{signed}lift/", answer).status_code == 422
    assert desk.post(f"{signed}lift/", {**answer, "suspension": later.pk}).status_code == 302
    assert in_force(on=DAY + timedelta(days=30)) == []
    assert in_force(on=DAY + timedelta(days=3)) == [rules.Reason.SUSPENDED]
    with pytest.raises(NotNowError, match="has been lifted"):
        signing.lift(
            later.version_id, suspension=later.pk, from_day=DAY, note="x", by=None, at=NOON
        )


def test_a_suspension_begins_today_at_the_earliest_and_never_overlaps(desk, signed):
    past = DAY - timedelta(days=1)
    response = desk.post(f"{signed}suspend/", {**day_fields("first", past), "note": "x"})
    assert response.status_code == 422
    assert "must be today or in the future" in response.text
    soon = {
        **day_fields("first", DAY + timedelta(days=5)),
        **day_fields("last", DAY + timedelta(days=9)),
    }
    assert desk.post(f"{signed}suspend/", {**soon, "note": "x"}).status_code == 302
    over = {**day_fields("first", DAY), **day_fields("last", DAY + timedelta(days=5)), "note": "x"}
    assert "suspended from" in desk.post(f"{signed}suspend/", over).text


def test_a_terminated_agreement_is_over_for_good(desk, signed):
    response = desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "Closed."})
    assert response.status_code == 302
    assert in_force() == [rules.Reason.TERMINATED]
    page = desk.get(signed).text
    assert "Suspend" not in page.split("<main")[1].split("Terms</h2>")[0]
    again = desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "Closed."})
    assert "was terminated on" in again.text


def test_pages_take_at_most_12_queries_however_many_agreements(
    desk, signed, django_assert_max_num_queries
):
    base = signed.rsplit("/", 2)[0] + "/"
    desk.post(f"{signed}next/")
    for copy in range(30):
        desk.post("/staff/agreements/new/", {**START, "reference": f"MORE-{copy}"})
    pages = (
        "/staff/agreements/",
        "/staff/agreements/warnings/",
        base,
        signed,
        f"{base}changes/1/2/",
    )
    for page in (*pages, f"{base}2/", f"{base}2/edit/items/"):
        with django_assert_max_num_queries(12):
            assert desk.get(page).status_code == 200, page


def test_the_list_is_filtered_by_words_and_standing(desk, draft):
    page = desk.get("/staff/agreements/?standing=draft&words=new").text
    assert "NEW-1" in page
    assert "WIG-FFT" not in page
    assert "No agreements match" in desk.get("/staff/agreements/?words=nonsense").text


def test_warnings_compare_with_notice_and_use(example, officer, desk):
    page = desk.get("/staff/agreements/warnings/").text
    assert "Nothing has been shared under it for a year" in page
    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    use = agreement_queries.use_of_agreements(DAY)
    assert use["WIG-CNX"].last == DAY
    assert "pupil.surname" in use["WIG-CNX"].items
    section = desk.get("/staff/agreements/warnings/").text.split("WIG-CNX")[1].split("<h2")[0]
    assert "This has not been shared for a year" in section


def test_reminders_go_to_officers_once_each(desk, signed, second_officer):
    ends = DAY + timedelta(days=365)
    mine = "agreement-due/"

    def sent(on):
        before = set(Message.objects.values_list("pk", flat=True))
        agreement_reminding.remind(at=days.start_of(on))
        new = Message.objects.exclude(pk__in=before).filter(key__startswith=mine)
        return sorted(each.subject for each in new if "NEW-1" in each.subject)

    assert sent(ends - timedelta(days=91)) == []  # neither the end nor the review is due
    assert (
        sent(ends - timedelta(days=65))
        == ["Agreement NEW-1 ends on 23 November 2027"] * 2 + ["Agreement NEW-1: review due"] * 2
    )
    assert sent(ends - timedelta(days=60)) == []
    assert len(sent(ends - timedelta(days=30))) == 2
    assert len(sent(ends - timedelta(days=3))) == 2
    assert sent(ends) == []
    due = agreement_reminding.reminders_due(ends)
    assert "NEW-1" in [each.agreement.agreement.reference for each in due]
    assert mail.outbox == []


def test_a_renewed_agreement_is_not_reminded_of_its_end(desk, signed):
    ends = DAY + timedelta(days=365)
    new = desk.post(f"{signed}next/").url
    later = {
        **day_fields("starts", ends + timedelta(days=1)),
        **day_fields("ends", date(2029, 1, 1)),
    }
    assert edit(
        desk, new, "dates", **later, at_end="x", **day_fields("review_on", date(2028, 1, 1))
    )
    assert post_signatures(desk, new).status_code == 302
    due = {
        each.agreement.agreement.reference: each for each in agreement_reminding.reminders_due(ends)
    }
    assert due["NEW-1"].ends_within is None


def test_the_start_page_tells_of_agreements_that_end_soon(desk, signed, officer, time_machine):
    assert "NEW-1" not in desk.get("/staff/").text
    time_machine.move_to(NOON + timedelta(days=340))
    desk.force_login(officer)
    assert "ends on 23 November 2027" in desk.get("/staff/").text


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


def test_no_verb_changes_or_ends_what_is_signed_or_over(policy, officer):
    """What a page does not offer a verb refuses too: somebody else may have been quicker."""
    version = AgreementFactory(by=officer)
    by = {"by": officer, "at": NOON}
    side = signing.Side("x", "y", DAY)
    seen = signing.token_of(signing.dump_version(version))
    for verb in (
        lambda: signing.change(version.pk, Section.RIGHTS, {"rights": "None."}, seen=seen, **by),
        lambda: signing.discard(version.pk, **by),
        lambda: signing.sign(
            version.pk, council=side, recipient=side, document=PDF, seen=seen, **by
        ),
    ):
        with pytest.raises(NotNowError, match="cannot change a signed version"):
            verb()
    yesterday = DAY - timedelta(days=1)
    signing.suspend(version.pk, first=DAY, last=None, note="x", **by)
    with pytest.raises(NotNowError, match="must be today or in the future"):
        signing.lift(version.pk, from_day=yesterday, note="x", **by)
    with pytest.raises(NotNowError, match="must be today or in the future"):
        signing.terminate(version.pk, on=yesterday, note="x", **by)
    version.refresh_from_db()
    assert (version.rights, version.terminated_on) == ("The council answers.", None)
    assert version.suspensions.get().last is None
    assert Signing.objects.count() == 1
