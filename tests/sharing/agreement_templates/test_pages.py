"""Agreements made from a template, and pages that show how they differ from it (A3)."""

import json

import pytest

from sharing.agreements import signing
from sharing.agreements.storing import dump_version
from sharing.models import AgreementVersion
from tests.commands import run
from tests.example import NOON
from tests.factories.sharing import AgreementDraftFactory
from tests.log_entries import entries
from tests.places import EXAMPLE
from tests.sharing.agreement_templates.texts import START, start, version_of
from tests.sharing.agreements.pages import edit

pytestmark = pytest.mark.django_db


def words(page):
    return " ".join(page.text.split())


def comparison(client, draft, **query):
    return words(client.get(f"{draft}template/", query))


def state_of(page, label):
    """The words in the column “Comparison” of a term."""
    row = page.split(f"{label}</th>")[1].split("</tr>")[0]
    return row.split("</strong>")[0].rsplit(">", 1)[1].strip()


def test_the_terms_are_filled_with_what_the_officer_says(templates, desk):
    response = start(desk)
    assert response.status_code == 302
    version = version_of()
    assert version.title == "Sharing with Fischer Family Trust (FFT)"
    assert version.roles == "Wigan Council and Fischer Family Trust (FFT) are controllers."
    assert version.rights == "The data manager answers by 19 September 2027."
    assert version.retention_months == 6
    assert version.review_on is not None
    part = dump_version(version)
    assert part.items == ["pupil.upn", "pupil.sex"]
    assert part.purposes == ["performance-analysis"]
    assert part.template.code == "general"
    drafted = entries("agreement-drafted")[-1]
    assert (drafted["template"], drafted["template_text"]) == ("general", part.template.digest)
    page = desk.get(response.url).text
    assert "Draft created from the template" in page
    assert "Compare with its template" in page


def test_the_method_of_statistics_comes_from_the_template(templates, desk):
    assert start(desk, "counts").status_code == 302
    assert (version_of().threshold, version_of().statistics_profile) == (10, "round-to-5")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference": ""}, "Enter a reference"),
        ({"reference": "A B"}, "Reference must only include"),
        ({"recipient": ""}, "Select an organisation"),
        ({"purposes": []}, "Select a purpose"),
        ({"review_on_0": "", "review_on_1": "", "review_on_2": ""}, "Enter the next review date"),
        ({"ends_2": "2020"}, "End date must be the same as or after the start date"),
        ({"variable_0": ""}, "Answer “Who answers people?”"),
        ({"reference": "WIG-FFT"}, "There is already an agreement with the reference WIG-FFT"),
        ({"seen": "0"}, "The template has changed since you opened this page"),
    ],
)
def test_what_is_not_answered_is_asked_again(templates, desk, changes, said):
    page = start(desk, **changes)
    assert page.status_code == 422
    assert said in words(page)
    assert not AgreementVersion.objects.filter(agreement__reference="NEW-1").exists()


def test_who_is_told_that_the_template_changed_can_send_the_same_answers_again(templates, desk):
    page = start(desk, seen="0")
    seen = page.text.split('name="seen" value="')[1].split('"')[0]
    assert start(desk, seen=seen).status_code == 302


def test_a_title_that_grows_too_long_is_refused(templates, imports, desk):
    templates["templates"][0]["terms"]["title"] = "{contact for rights}"
    assert imports(templates).code == 0
    page = start(desk, variable_0="x" * 301)
    assert page.status_code == 422
    assert "“Title” would have more than 300 characters" in page.text


def test_what_an_officer_changed_is_shown_term_by_term_in_words(templates, desk):
    draft = start(desk).url
    page = comparison(desk, draft)
    assert "All 10 terms that the template gives are the same." in page
    edit(
        desk, draft, "handling", access="Only for two analysts.", transfer="By hand.", sent_by="zip"
    )
    edit(desk, draft, "items", form="named", items=["pupil.upn", "pupil.school"])
    page = comparison(desk, draft)
    assert "2 of the 10 terms that the template gives are different." in page
    assert state_of(page, "Who can see the data") == "Different"
    assert "start of new words" in page
    assert "two analysts." in page
    assert state_of(page, "Information") == "Different"
    assert state_of(page, "Lawful basis") == "Same"
    assert state_of(page, "How the data is transferred") == "Left open"


def test_a_text_that_still_has_the_old_review_date_differs(templates, desk):
    draft = start(desk).url
    days = {name: START[name] for name in START if name[:-2] in ("starts", "ends")}
    later = {"review_on_0": "1", "review_on_1": "10", "review_on_2": "2027"}
    edit(desk, draft, "dates", **days, **later)
    page = comparison(desk, draft)
    assert state_of(page, "How people can use their rights and who responds") == "Different"
    assert "<del>" in page


def test_a_template_that_changed_since_is_said_to_have_and_changes_no_agreement(
    templates, imports, desk
):
    draft = start(desk).url
    templates["templates"][0]["terms"]["access"] = "For {purpose} alone."
    assert imports(templates).code == 0
    page = comparison(desk, draft)
    assert "The template has changed since." in page
    assert "All 10 terms that the template gives are the same." in page
    page = comparison(desk, draft, **{"with": "now"})
    assert "1 of the 10 terms that the template gives is different." in page
    assert version_of().access == (
        "Only for analysing and presenting data, setting targets and following performance."
    )
    page = words(desk.get("/staff/agreements/templates/general/"))
    assert "What changed from version 1" in page
    assert "NEW-1, version 1" in page
    earlier = words(desk.get("/staff/agreements/templates/general/1/"))
    assert "This is an earlier version" in earlier
    assert "Only for {purpose}." in earlier
    assert start(desk, reference="NEW-2").status_code == 302
    assert version_of("NEW-2").template_use.template_version.number == 2


def test_the_next_version_remembers_the_template_too(templates, desk, officer):
    draft = start(desk).url
    version = version_of()
    AgreementVersion.objects.filter(pk=version.pk).update(signed_on="2026-11-23")
    signing.start_next(version_of(), by=officer, at=NOON)
    assert version_of(number=2).template_use.values == {"contact for rights": "The data manager"}
    assert "All 10 terms" in comparison(desk, draft.replace("/1/", "/2/"))


def test_pages_that_are_not_there(templates, desk):
    version = AgreementDraftFactory()
    assert desk.get(f"/staff/agreements/{version.agreement_id}/1/template/").status_code == 404
    assert "Compare with its" not in desk.get(f"/staff/agreements/{version.agreement_id}/1/").text
    for address in ("nope/", "nope/new/", "general/9/"):
        assert desk.get(f"/staff/agreements/templates/{address}").status_code == 404


def test_without_templates_the_list_says_so(policy, desk):
    assert "The policy file has no templates." in desk.get("/staff/agreements/templates/").text


def test_pages_take_few_queries(templates, desk, django_assert_max_num_queries):
    draft = start(desk).url
    for number in range(3):
        start(desk, reference=f"MORE-{number}")
    for address, most in (
        ("/staff/agreements/templates/", 7),
        ("/staff/agreements/templates/general/", 11),
        (f"{draft}template/", 14),
    ):
        with django_assert_max_num_queries(most):
            assert desk.get(address).status_code == 200


def test_both_of_the_example_can_be_filled_in(policy, desk, imports):
    templates = json.loads((EXAMPLE / "policy.json").read_text())["templates"]
    assert imports({**json.loads(run("policy", "export").out), "templates": templates}).code == 0
    for place, code in enumerate(("controller-to-controller", "children-act-16la")):
        answers = {"variable_0": "The first", "variable_1": "The second"}
        response = start(desk, code, reference=f"EX-{place}", **answers)
        assert response.status_code == 302
        version = version_of(f"EX-{place}")
        texts = " ".join(str(value) for value in vars(version).values())
        assert "{" not in texts.replace("{'", "")
        assert "The first" in texts
        assert "The second" in texts
        missing = {gap.section.value for gap in signing.missing_in(dump_version(version))}
        assert "handling" not in missing
        assert "assessment" in missing
