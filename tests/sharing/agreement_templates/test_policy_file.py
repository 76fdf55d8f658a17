"""Templates in the policy file: in and out, faults by their place, and what agreements remember."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementTemplate, TemplateUse, TemplateVersion
from tests.commands import run
from tests.example import POLICY
from tests.places import EXAMPLE
from tests.sharing.agreement_templates.texts import GENERAL, START, start, version_of
from tests.sharing.agreements.pages import assess, edit, post_signatures

pytestmark = pytest.mark.django_db


def exported():
    return json.loads(run("policy", "export").out)


def test_they_come_out_as_they_went_in_and_a_second_import_changes_nothing(
    templates, imports, write
):
    assert exported() == templates
    again = run("policy", "import", write(json.dumps(templates), "p.json"), "--json")
    assert json.loads(again.out)["changed"] is False
    assert json.loads(again.out)["file"]["agreement templates"] == 2
    assert TemplateVersion.objects.count() == 2


def test_a_file_without_templates_keeps_them(templates, imports):
    assert imports(json.loads(POLICY.read_text())).code == 0
    assert exported() == templates


def test_a_changed_text_is_a_version_and_the_earlier_ones_are_kept(templates, imports):
    first = dict(templates["templates"][0]["terms"])
    templates["templates"][0]["terms"]["access"] = "Nobody else."
    assert imports(templates).code == 0
    assert [row.number for row in TemplateVersion.objects.filter(template__code="general")] == [
        1,
        2,
    ]
    (general, counts) = exported()["templates"]
    assert general["terms"]["access"] == "Nobody else."
    assert general["earlier"] == [
        {key: GENERAL[key] for key in ("title", "about", "variables", "terms")}
    ]
    assert "earlier" not in counts
    # Back to the first: a version again, of which the text is known.
    templates["templates"][0]["terms"] = first
    assert imports(templates).code == 0
    assert TemplateVersion.objects.filter(template__code="general").count() == 3
    assert exported()["templates"][0]["terms"] == first
    assert len(exported()["templates"][0]["earlier"]) == 1


def test_earlier_texts_go_into_an_empty_database(db, document, imports):
    later = {**document["templates"][0], "about": "Later.", "earlier": [{**GENERAL}]}
    del later["earlier"][0]["code"]
    document["templates"][0] = later
    assert imports(document).code == 0
    assert exported() == document
    assert imports(document).code == 0
    assert TemplateVersion.objects.filter(template__code="general").count() == 2


def test_what_is_withdrawn_is_not_offered(templates, imports, desk):
    templates["templates"][0]["withdrawn"] = True
    assert imports(templates).code == 0
    assert exported() == templates
    assert (
        "Create an agreement from this" not in desk.get("/staff/agreements/templates/general/").text
    )
    assert desk.get("/staff/agreements/templates/general/new/").status_code == 404
    assert TemplateVersion.objects.filter(template__code="general").count() == 1


def put(document, path, value):
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        document = document[part]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("terms.roles", "{organistion}", "terms.roles: no such variable 'organistion'; did you mean"),
        ("terms.roles", "{", "terms.roles: a brace stands alone"),
        ("terms.items.1", "pupil.sexx", "terms.items[1]: no such item 'pupil.sexx'; did you mean"),
        ("terms.items.1", "pupil.upn", "terms.items[1]: the item 'pupil.upn' is also at [0]"),
        ("terms.purposes", ["nope"], "terms.purposes[0]: no such purpose"),
        ("terms.kind", "handshake", "terms.kind: 'handshake' is not one of"),
        ("terms.sent_by", "pigeon", "terms.sent_by: 'pigeon' is not one of"),
        ("terms.starts", "2026-01-01", "terms.starts: is no key of this format"),
        ("terms.retention_months", "6", "terms.retention_months: must be a whole number"),
        ("variables.0.name", "council", "variables[0].name: 'council' is filled in from"),
        ("variables.0.name", "who Else", "variables[0].name: "),
        ("variables", [], "terms.rights: no such variable 'contact for rights'"),
        ("terms.rights", "We do.", "variables[0]: no text has the variable {contact for rights}"),
        (
            "variables",
            [{"name": "contact for rights", "label": "x"}] * 2,
            "variables[1].name: the variable 'contact for rights' is also at [0]",
        ),
        ("code", "counts", "the code 'counts' is also at"),
        ("earlier", [{"title": "x"}], "earlier[0].terms: is missing"),
        (
            "earlier",
            [{**GENERAL, "code": "x"}],
            "earlier[0].code: is no key of this format",
        ),
    ],
)  # fmt: skip
def test_faults_name_their_place(db, document, imports, path, value, said):
    put(document["templates"][0], path, value)
    ran = imports(document)
    assert ran.code == 2
    assert "templates[" in ran.said
    assert said in ran.said
    assert not AgreementTemplate.objects.exists()


def test_what_an_agreement_was_made_from_goes_out_and_in(templates, desk, imports):
    assert start(desk).status_code == 302
    document = exported()
    mine = next(part for part in document["agreements"] if part["reference"] == "NEW-1")
    assert mine["template"]["code"] == "general"
    assert mine["template"]["values"] == {"contact for rights": "The data manager"}
    assert imports(document).code == 0
    assert exported() == document
    del mine["template"]
    assert imports(document).code == 0
    assert version_of().template_use.template_version.template.code == "general"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "generall"}, "template.code: no such template 'generall'; did you mean 'general'?"),
        ({"digest": "0" * 64}, "template.digest: the template 'general' has no text with this digest"),
        ({"digest": "x"}, "template.digest: "),
        ({"values": {}}, "template.values.contact for rights: is missing"),
        ({"values": {"contact for rights": "x", "y": "z"}}, "template.values: the template has no"),
    ],
)  # fmt: skip
def test_a_reference_to_a_template_that_leads_nowhere_is_a_fault(
    templates, desk, imports, change, said
):
    start(desk)
    document = exported()
    mine = next(part for part in document["agreements"] if part["reference"] == "NEW-1")
    mine["template"] |= change
    ran = imports(document)
    assert ran.code == 2
    assert said in ran.said


def test_what_a_signed_agreement_was_made_from_never_changes(templates, desk, imports):
    draft = start(desk).url
    texts = dict.fromkeys(("access", "transfer", "security"), "x")
    edit(desk, draft, "handling", **texts, sent_by="zip")
    edit(desk, draft, "law", lawful_basis="Public task", legal_gateway="None.")
    edit(desk, draft, "purpose", purposes=["performance-analysis"], benefit="x")
    edit(desk, draft, "keeping", retention_months="6", deletion="x")
    edit(desk, draft, "signatories", signs_for_council="x", signs_for_recipient="y")
    parties = {"title": "x", "recipient": "fft", "audience": "pupil", "kind": "joint-controllers"}
    contact = {"roles": "x", "contact_name": "x", "contact_email": "x@example.org"}
    edit(desk, draft, "parties", **parties, **contact)
    dates = {name: START[name] for name in START if name[:-2] in ("starts", "ends", "review_on")}
    edit(desk, draft, "dates", **dates, at_end="x")
    assess(desk, draft)
    assert post_signatures(desk, draft).status_code == 302
    before = exported()
    mine = next(part for part in before["agreements"] if part["reference"] == "NEW-1")
    mine["template"]["values"] = {"contact for rights": "Nobody"}
    refused = imports(before)
    assert refused.code == 3
    assert "differs in template" in refused.said
    for change in (
        "DELETE FROM sharing_templateuse",
        "UPDATE sharing_templateuse SET values = '{}'",
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            connection.cursor().execute(change)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute("UPDATE sharing_templateversion SET content = '{}'")
    assert verify_log(lambda size: None).size
    templates["templates"][0]["terms"]["access"] = "All."
    assert imports(templates).code == 0
    assert version_of().access == "x"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_templateversion DISABLE TRIGGER USER")
        cursor.execute("UPDATE sharing_templateversion SET content = '{}' WHERE number = 1")
    with pytest.raises(LogBrokenError, match="differs from what was logged in template"):
        verify_log(lambda size: None)
    assert TemplateUse.objects.get().template_version.number == 1


def test_the_example_has_one_for_most_agreements_and_one_for_section_16la(db):
    assert run("policy", "import", EXAMPLE / "policy.json").code == 0
    codes = {template.code for template in AgreementTemplate.objects.all()}
    assert codes == {"controller-to-controller", "children-act-16la"}
    about = TemplateVersion.objects.get(template__code="children-act-16la").content["about"]
    assert "Check that the section is in force" in about
    assert run("policy", "import", EXAMPLE / "policy.json").out.startswith("Nothing has changed")
