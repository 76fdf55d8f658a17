"""The example's notices: complete, in plain words, and telling what the source notice tells."""

import json

import pytest

from notices.drafts import publishing
from notices.drafts.content import content_of
from notices.drafts.plain_language import advise
from notices.drafts.translating import states_of
from notices.models import NoticeVersion
from privacy_portal.ground.names import folded_heading
from privacy_portal.ground.ui.markdown import as_html
from sharing.deciding.policy import load
from sharing.models import AgreementVersion
from sharing.rules import Reason, decide_columns, request_reasons
from tests.commands import run
from tests.example import DAY
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db
NEWEST = [("pupils", 6), ("school-workforce", 2)]


@pytest.fixture
def example_policy(db):
    """The example's policy, which this test's database was made with."""


@pytest.fixture
def newest(example_policy):
    def find(slug, number):
        return NoticeVersion.objects.get(notice__slug=slug, number=number)

    return find


@pytest.mark.parametrize(("slug", "number"), NEWEST)
def test_nothing_is_missing(newest, slug, number):
    assert publishing.missing_in(newest(slug, number), DAY) == []


@pytest.mark.parametrize(("slug", "number"), NEWEST)
def test_its_words_are_plain(newest, slug, number):
    version = newest(slug, number)
    for advice in advise(version.sections.all(), version.young_summary):
        assert not advice.too_hard, advice
        assert not advice.too_passive, advice
        assert not advice.long_sentences, advice


def test_the_summary_for_young_people_is_the_plainest(newest):
    version = newest("pupils", 6)
    assert advise([], version.young_summary)[0].reading_age <= 10


@pytest.mark.parametrize(
    ("fact", "slug", "words"),
    [
        ("S1", "pupils", "do our job for children"),
        ("S2", "pupils", "how much money schools get"),
        ("S3", "pupils", "ContactPoint"),
        ("S4", "school-workforce", "research and statistics"),
        ("S5", "school-workforce", "sickness and with finding staff"),
        ("S6", "pupils", "New Town Hall, Library Street, Wigan, WN1 1YN"),
        ("S7", "pupils", "Fischer Family Trust, Lancashire County Council and Alkemygold"),
        ("S8", "pupils", "Information and Planning Manager"),
        ("S9", "pupils", "how local health services do"),
        ("S10", "pupils", "keeps the child’s name for a set time"),
        ("S11", "pupils", "numbers on height and weight, without names"),
        ("S13", "pupils", "From your 13th birthday, your school must by law"),
        ("S14", "pupils", "From 16, you can say no yourself"),
        ("S15", "pupils", "tell your school"),
    ],
)
def test_it_tells_what_the_source_notice_tells(newest, fact, slug, words):
    content = content_of(newest(slug, dict(NEWEST)[slug]))
    told = " ".join(str(as_html(section["body"])) for section in content["sections"])
    assert words in told, fact


def test_s12_each_agency_with_a_website_is_linked(newest, client):
    page = client.get("/notices/pupils/versions/6/").text
    for address in ("http://www.connexions-direct.com/", "http://www.wigan.gov.uk"):
        assert f'href="{address}"' in page


def test_the_polish_translation_tells_all_that_the_english_tells(newest, client):
    (state,) = states_of(newest("pupils", 6))
    assert (state.translation.language, state.open) == ("pl", 0)
    page = client.get("/notices/pupils/versions/6/pl/").text
    assert '<div lang="pl" dir="ltr">' in page
    assert "Od 16 lat możesz to zrobić samodzielnie." in page
    assert "Nazwisko, imię, data urodzenia" in page


def test_what_the_example_has_is_exported_as_it_came(newest):
    exported = json.loads(run("policy", "export").out)
    assert exported == json.loads((EXAMPLE / "policy.json").read_text())


def test_who_may_say_no_is_the_same_in_the_notice_and_on_the_page_of_the_opt_out(newest, client):
    """C1 and C2: a parent at any age, the pupil from 16, whose own word then counts alone."""
    said = {section.heading: section.body for section in newest("pupils", 6).sections.all()}
    words = said["Connexions: what you can stop"]
    assert "A parent can say no for a pupil of any age." in words
    assert "Once you have decided for yourself, only your own decision applies." in words
    assert "A parent or carer can opt out for a pupil of any age." in client.get("/opt-out/").text


def test_a_complaint_is_promised_the_same_answer_everywhere(newest, client):
    said = {section.heading: section.body for section in newest("pupils", 6).sections.all()}
    assert "We will reply within 30 days" in said["If you are unhappy"]
    assert "within 30 days" in client.get("/report/").text


def test_the_consistent_identifier_is_known_and_no_agreement_or_notice_has_it(newest):
    """A column of NHS numbers is named and withheld, whatever the agreement (D not-in-agreement)."""
    policy = json.loads((EXAMPLE / "policy.json").read_text())
    (item,) = [item for item in policy["items"] if item["code"] == "pupil.consistent_identifier"]
    assert item["identifying"]
    agreed = {code for agreement in policy["agreements"] for code in agreement["items"]}
    told = {
        code
        for notice in policy["notices"]
        for version in notice["versions"]
        for line in version["recipients"]
        for code in line["items"]
    }
    assert item["code"] not in agreed | told
    for agreement in AgreementVersion.objects.filter(audience="pupil"):
        loaded = load(agreement.agreement.reference, agreement.purposes.get().purpose.code, DAY)
        if request_reasons(loaded.policy):
            continue
        heading = loaded.headings[folded_heading("NHS Number")]
        (column,) = decide_columns(loaded.policy, [("NHS Number", heading)])
        assert column.reason is Reason.NOT_IN_AGREEMENT
