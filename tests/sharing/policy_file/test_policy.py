"""`policy import` and `export`: round trip, places of faults, nothing signed changed."""

import copy
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from consent.models import Scheme
from notices.models import Item, NoticeVersion, Recipient
from sharing.models import AgreementVersion, Suspension
from tests.commands import run
from tests.places import DATA

pytestmark = pytest.mark.django_db
POLICY = json.loads((DATA / "policy.json").read_text())


def changed(change):
    document = copy.deepcopy(POLICY)
    change(document)
    return document


def imported(write, document):
    return run("policy", "import", write(json.dumps(document), "p.json"))


def put(path, value):
    """A change that puts `value` at a place such as `agreements.0.items.2`."""

    def change(document):
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in parents:
            document = document[part]
        document[last] = value

    return change


def test_export_is_what_was_imported_and_importing_it_changes_nothing(policy, tmp_path):
    out = tmp_path / "out.json"
    assert run("policy", "export", out).code == 0
    assert json.loads(out.read_text()) == POLICY
    assert json.loads(run("policy", "export").out) == POLICY
    assert "Nothing has changed" in run("policy", "import", out).out


def test_who_supplies_goes_out_and_comes_in_again_and_is_the_school_unless_said(policy, write):
    assert "supplied_by" not in json.dumps(POLICY)
    assert [scheme.supplied_by for scheme in Scheme.objects.all()] == ["school", "school"]

    def by_council(document):
        sections = ["section 14 of the Act", "section 72 of the Act"]
        document["schemes"][0] |= {"supplied_by": "authority", "legal_sections": sections}

    told = changed(by_council)
    assert imported(write, told).code == 0
    assert json.loads(run("policy", "export").out) == told
    # Whoever was told that they can object to basic details too can still do so.
    refused = imported(write, POLICY)
    assert refused.code == 3
    assert "schemes[0].supplied_by: You cannot end objections to basic details" in refused.said
    assert json.loads(run("policy", "export").out) == told


def test_check_stores_nothing(db, tmp_path):
    ran = run("policy", "import", DATA / "policy.json", "--check")
    assert ran.code == 0
    assert not Item.objects.exists()
    assert run("policy", "export").code == 2


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "agreements.3.items.2",
            "pupil.heihgt",
            "agreements[3].items[2]: no such item 'pupil.heihgt'; did you mean 'pupil.height'?",
        ),
        (
            "agreements.0.recipient",
            "conexions",
            "agreements[0].recipient: no such recipient 'conexions'; did you mean 'connexions'?",
        ),
        ("agreements.1.starts", "2025-02-30", "agreements[1].starts: '2025-02-30' is not a date"),
        (
            "agreements.1.ends",
            "2024-01-01",
            "agreements[1].ends: must not be before starts (2025-09-01)",
        ),
        ("agreements.1.kind", "handshake", "agreements[1].kind: 'handshake' is not one of"),
        ("agreements.1.schools", "some", 'agreements[1].schools: must be "all" or a list of URNs'),
        (
            "agreements.1.version",
            1,
            "agreements[1]: the reference and version 'WIG-CNX version 1' is also at [0]",
        ),
        ("agreements.1.schools", [], 'agreements[1].schools: is empty; use "all" or list schools'),
        ("agreements.1.threshold", 0, "agreements[1].threshold"),
        (
            "agreements.0.suspensions",
            [{"from": "2010-02-01", "to": "2010-01-01"}],
            "agreements[0].suspensions[0].to: must not be before from",
        ),
        (
            "agreements.0.suspensions",
            [
                {"from": "2010-02-01", "to": "2010-01-01"},
                {"from": "0001-01-01", "to": "0001-01-02"},
            ],
            "agreements[0].suspensions[0].to: must not be before from",
        ),
        (
            "agreements.0.suspensions",
            [{"from": "2010-01-01", "to": None}, {"from": "2010-03-01", "to": "2010-04-01"}],
            "agreements[0].suspensions[1]: overlaps",
        ),
        (
            "items.4.headings.0",
            "dob",
            "items[4].headings[0]: the heading 'dob' is also at items[3].headings[0]",
        ),
        ("items.1.code", "pupil.upn", "items[1]: the code 'pupil.upn' is also at [0]"),
        # N0
        (
            "notices.1.audience",
            "pupil",
            "notices[1]: the audience 'pupil' is also at [0]",
        ),
        # Who supplies, and under which sections a choice counts.
        (
            "schemes.0.supplied_by",
            "nobody",
            "schemes[0].supplied_by: 'nobody' is not one of 'school', 'authority'",
        ),
        ("schemes.0.legal_sections", [""], "schemes[0].legal_sections[0]"),
        (
            "schemes.0.legal_sections",
            ["section 14", "section 14"],
            "schemes[0].legal_sections[1]: the section 'section 14' is also at [0]",
        ),
        ("items.1.colour", "red", "items[1].colour: is no key of this format"),
        (
            "notices.0.versions.1.number",
            1,
            "notices[0].versions[1]: the number '1' is also at [0]",
        ),
        (
            "notices.0.versions.1.effective_from",
            None,
            "notices[0].versions[1].effective_from: is missing",
        ),
        (
            "notices.0.versions.2.sections.8.scheme",
            "nope",
            "notices[0].versions[2].sections[8].scheme: no such scheme",
        ),
        (
            "notices.0.versions.2.recipients.0.purposes.0",
            "nope",
            "notices[0].versions[2].recipients[0].purposes[0]: no such purpose",
        ),
        (
            "notices.0.versions.2.translations",
            [
                {
                    "language": "pl",
                    "title": "x",
                    "sections": [{"of": n, "heading": "x", "body": "x"} for n in (10, 11)],
                }
            ],
            "notices[0].versions[2].translations[0].sections[1].of: there is no section 11",
        ),
        ("schemes.0.below_age", 12, "schemes[0].below_age: must be above min_age (13)"),
        (
            "schemes.1.recipient",
            "connexions",
            "schemes[1]: the recipient 'connexions' is also at [0]",
        ),
        ("recipients.1.closed", "2002-04-01", "recipients[1].closed: must be after opened"),
        (
            "recipients.1.successor",
            "pct",
            "recipients[1].successor: a recipient cannot succeed itself",
        ),
        ("format", "other", "format: 'other' is not one of 'privacy-portal-policy'"),
        ("controller.la_number", "35", "controller.la_number"),
        ("items.0.identifying", "yes", "items[0].identifying: must be true or false"),
        ("agreements.0.retention_months", 10**20, "agreements[0].retention_months: "),
        ("agreements.0.threshold", 10**9, "agreements[0].threshold: "),
        ("items.0.label", "A\0B", "a text has the character NUL"),
    ],
)
def test_each_fault_names_its_place(db, write, path, value, said):
    ran = imported(write, changed(put(path, value)))
    assert ran.code == 2
    assert said in ran.said
    assert "p.json" in ran.said
    assert not Item.objects.exists()


def test_the_first_hundred_faults_are_listed_and_the_rest_counted(db, write):
    def spoil(document):
        document["items"] = [{"code": f"item-{number}"} for number in range(30)]

    said = imported(write, changed(spoil)).said.splitlines()
    assert said[0].endswith("items[0].label: is missing")
    assert len(said) == 101
    assert said[-1].endswith("p.json: and 50 more errors")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("{", "line 1, column 2: not valid JSON here"),
        ('{\n "a": 1,\n "a": 2}', "the key 'a' stands twice in one object"),
        ("[]", "the document: must be an object"),
        (b"\xff\xfe{", "not JSON text in UTF-8"),
        (f'{{"a": {"9" * 5_000}}}', "a number has too many digits"),
    ],
)
def test_what_is_no_policy(db, write, content, said):
    ran = run("policy", "import", write(content, "p.json"))
    assert ran.code == 2
    assert said in ran.said


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "agreements.1.ends",
            "2029-08-31",
            "agreements[1]: WIG-CNX version 2 is signed and cannot change, but the file differs in ends (A2)",
        ),
        ("agreements.1.signed_on", None, "differs in signed_on"),
        ("agreements.1.terminated_on", "2026-01-01", "differs in terminated_on"),
        (
            "notices.0.versions.2.summary",
            "Other.",
            "notices[0].versions[2]: pupils/3 is published and never changes, but the file differs in summary (N1)",
        ),
        ("notices.0.versions.2.status", "draft", "differs in status"),
    ],
)
def test_what_is_signed_or_published_is_never_changed(policy, write, path, value, said):
    document = changed(put(path, value))
    document["recipients"][0]["address"] = "Changed"
    ran = imported(write, document)
    assert ran.code == 3
    assert said in ran.said
    assert not Recipient.objects.filter(address="Changed").exists()


def test_an_unsigned_agreement_and_a_draft_can_be_changed(db, write):
    def draft(document):
        document["agreements"][1]["signed_on"] = None
        document["notices"][0]["versions"][2]["status"] = "draft"

    assert imported(write, changed(draft)).code == 0
    assert imported(write, POLICY).code == 0
    assert AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2).signed_on
    assert NoticeVersion.objects.get(notice__slug="pupils", number=3).status == "published"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sharing_agreementversion SET ends = '2030-01-01'",
        "DELETE FROM sharing_agreementversion",
        "DELETE FROM sharing_agreeditem",
        "UPDATE sharing_agreedpurpose SET position = 5",
        """INSERT INTO sharing_agreeditem (version_id, item_id, position)
        SELECT v.id, i.id, 99 FROM sharing_agreementversion v, notices_item i LIMIT 1""",
    ],
)
def test_the_database_refuses_to_change_a_signed_agreement(policy, sql):
    with pytest.raises(DatabaseError, match=r"never changes \(A2\)"), transaction.atomic():
        connection.cursor().execute(sql)


def test_a_suspension_that_never_held_goes_through_a_policy_file(policy, write):
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    Suspension.objects.create(version=version, first="2026-11-23", last="2026-11-22")
    Suspension.objects.create(version=version, first="2026-11-23", last=None)
    exported = run("policy", "export").out
    assert '"to": "2026-11-22"' in exported
    again = run("policy", "import", write(exported, "p.json"), "--json")
    assert again.code == 0
    assert not json.loads(again.out)["changed"]


def test_a_signed_agreement_can_be_terminated_once_and_suspended(policy):
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    suspension = Suspension.objects.create(version=version, first="2026-01-01")
    suspension.last = "2026-02-01"
    suspension.save()
    with pytest.raises(DatabaseError, match="never removed"), transaction.atomic():
        suspension.delete()
    with pytest.raises(IntegrityError, match="suspension_no_overlap"), transaction.atomic():
        Suspension.objects.create(version=version, first="2026-01-15")
    with pytest.raises(DatabaseError, match="never removed or drawn out"), transaction.atomic():
        Suspension.objects.update(last="2026-02-02")
    with pytest.raises(IntegrityError, match="suspension_period"), transaction.atomic():
        Suspension.objects.update(last="2025-12-30")
    Suspension.objects.update(last="2025-12-31")
    Suspension.objects.create(version=version, first="2026-01-01", last="2026-01-01")
    AgreementVersion.objects.filter(pk=version.pk).update(terminated_on="2026-03-01")
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(terminated_on=None)


def test_the_example_refuses_a_database_that_is_not_empty(policy):
    ran = run("example", "load")
    assert ran.code == 3
    assert "not empty" in ran.said
