"""Who supplies a scheme's recipient: pages, forms, letters and receipts say it, on which basis, under which
sections of the law, and whether one can object (C10)."""

import io
import json

import pytest
from pypdf import PdfReader

from consent.matter_lookup import objectionable_matters
from consent.models import Pupil, Scheme
from consent.scheme_words import law_in_words, supply_in_words
from notices.models import Recipient
from sharing.agreements.lawful_bases import confirm
from sharing.models import AgreementVersion
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.forms import paper, send_opt_out
from tests.letters import codes_and_text
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db
OBJECTION = "object/connexions/careers-guidance"
SECTIONS = [
    "section 14 of the Education and Skills Act 2008",
    "section 72 of the Education and Skills Act 2008",
]
LAW = f"Your choice counts under {SECTIONS[0]} and {SECTIONS[1]}."
BY_SCHOOL = "By law, the school must share these details if Connexions asks for them. You cannot object to that."
BY_COUNCIL = (
    "The council shares these details itself. The law allows this but does not require it, so you can "
    "object to it. We then stop sharing them with Connexions while we look at your reasons."
)


def text_of(response):
    reader = PdfReader(io.BytesIO(response.content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def plain(page):
    return " ".join(page.text.split())


@pytest.fixture
def by_council(pupil):
    """Connexions is supplied by the council, under both sections."""
    Scheme.objects.filter(code="connexions").update(
        supplied_by="authority", legal_sections=SECTIONS
    )
    return pupil


@pytest.mark.parametrize(
    ("kind", "by", "default", "basics", "words"),
    [
        ("statutory", "school", "share", True, BY_SCHOOL),
        ("statutory", "authority", "share", True, BY_COUNCIL),
        ("programme", "authority", "share", True, BY_COUNCIL),
        ("programme", "school", "share", True, "The school shares these details."),
        ("statutory", "school", "share", False, "The school shares this information."),
        ("programme", "school", "withhold", False, "The school shares this information."),
        (
            "programme", "authority", "share", False,
            "The council shares this information itself. The law allows this but does not require it.",
        ),
        ("programme", "authority", "withhold", False, "The council shares this information itself."),
    ],
)  # fmt: skip
def test_the_words_follow_who_supplies(kind, by, default, basics, words):
    scheme = Scheme(
        kind=kind, supplied_by=by, default=default, recipient=Recipient(name="Connexions")
    )
    assert supply_in_words(scheme, basics=basics) == words


def test_no_section_is_named_where_the_policy_names_none():
    assert law_in_words(Scheme()) == ""
    assert law_in_words(Scheme(legal_sections=SECTIONS)) == LAW
    assert law_in_words(Scheme(legal_sections=SECTIONS[:1])) == LAW.replace(
        f" and {SECTIONS[1]}", ""
    )


class TestTheCouncilSupplies:
    def test_the_start_page_offers_the_objection_where_it_speaks_of_the_scheme(
        self, by_council, client
    ):
        page = client.get("/opt-out/")
        scheme, other = (
            page.text.split('id="scheme-height-weight"')[0],
            page.text.split('id="object"')[1],
        )
        assert BY_COUNCIL in " ".join(scheme.split())
        assert LAW in " ".join(scheme.split())
        assert f"/opt-out/{OBJECTION}/who/" in scheme
        assert "connexions" not in other

    def test_form_receipt_and_mail_say_it(self, by_council, client):
        form = text_of(client.get("/opt-out/form/connexions.pdf"))
        assert BY_COUNCIL in form
        assert LAW in form
        page = send_opt_out(client)
        for words in (BY_COUNCIL, LAW):
            assert words in plain(page)
            assert words in " ".join(mails.sent()[-1].body.split())

    def test_the_letter_says_it(self, by_council, officer):
        Pupil.objects.update(address="1 High Street", parent_address="1 High Street")
        by_council.refresh_from_db()
        _, text = codes_and_text([by_council], officer)
        for words in (BY_COUNCIL, LAW):
            assert words in " ".join(text.split())

    def test_staffs_receipt_for_a_paper_form_says_it(self, by_council, officer, client):
        client.force_login(officer)
        form = {**paper(by_council), "email": "ben@example.org"}
        assert client.post("/staff/opt-outs/paper/", form).status_code == 302
        for words in (BY_COUNCIL, LAW):
            assert words in " ".join(mails.sent()[-1].body.split())

    def test_an_objection_reaches_the_basic_details_too(self, by_council, client, write):
        (matter,) = [each for each in objectionable_matters(DAY) if each.key == OBJECTION]
        assert matter.scheme is None
        assert client.get(f"/opt-out/{OBJECTION}/who/").status_code == 200
        assert client.get(f"/opt-out/{OBJECTION}/form.pdf").status_code == 200
        file = write(f"UPN,Surname,Address\r\n{UPN},Barlow,1 High Street\r\n")
        check = ("disclosure", "check", file, "--agreement", "WIG-CNX", "--purpose", "careers-guidance", "--json")  # fmt: skip
        DecisionFactory(pupil=by_council)
        assert json.loads(run(*check).out)["detail"][0]["reason"] == "opted-out"
        assert json.loads(run(*check).out)["rows"]["reduced"] == 1
        ObjectionFactory(pupil=by_council, recipient=matter.recipient, purpose=matter.purpose)
        assert json.loads(run(*check).out)["detail"][0]["reason"] == "objected"
        assert json.loads(run(*check).out)["rows"]["withheld"] == 1

    def test_the_page_of_the_organisation_says_it(self, by_council, client):
        page = plain(client.get("/sharing/connexions/"))
        assert BY_COUNCIL in page
        assert "Even if someone opts out, these details can be shared: last name" in page.replace(
            "surname", "last name"
        )
        assert f"/opt-out/{OBJECTION}/who/" in page

    @pytest.mark.parametrize(
        ("basis", "offered"),
        [("6(1)(c)", True), ("6(1)(e)", True), ("6(1)(a)", False), ("6(1)(b)", False)],
    )
    def test_whatever_duty_the_agreement_names_it_can_be_objected_to(
        self, by_council, officer, basis, offered
    ):
        """A power is no duty; what goes by consent is withdrawn, not objected to."""
        version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
        confirm(version, basis, by=officer, at=NOON)
        assert (OBJECTION in [each.key for each in objectionable_matters(DAY)]) is offered

    def test_where_an_opt_out_stops_everything_there_is_nothing_to_object_to(self, by_council):
        Scheme.objects.update(supplied_by="authority")
        assert {each.recipient.code for each in objectionable_matters(DAY)} == {
            "alkemygold", "connexions", "fft", "lancashire-cc",
        }  # fmt: skip


def test_where_the_school_supplies_nothing_can_be_objected_to(pupil, client):
    assert BY_SCHOOL in plain(client.get("/opt-out/"))
    assert BY_SCHOOL in text_of(client.get("/opt-out/form/connexions.pdf"))
    assert BY_SCHOOL in plain(client.get("/sharing/connexions/"))
    assert OBJECTION not in [each.key for each in objectionable_matters(DAY)]
    assert client.get(f"/opt-out/{OBJECTION}/who/").status_code == 404


def test_the_forms_of_the_example_fit_on_a_page(db, client):
    assert run("policy", "import", EXAMPLE / "policy.json").code == 0
    for scheme in Scheme.objects.all():
        response = client.get(f"/opt-out/form/{scheme.code}.pdf")
        assert len(PdfReader(io.BytesIO(response.content)).pages) == 1, scheme.code
