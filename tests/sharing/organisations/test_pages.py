"""Officers' pages about organisations: who they are, their group, their assurance and its reminders (Q3)."""

import json
from datetime import timedelta

import pytest

from notices.models import Recipient
from notices.queries import recipients_of_same_group
from privacy_portal.ground import days
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.models import Assurance, AssuranceWithdrawal, PolicyChange
from sharing.organisations import reminding
from sharing.policy import changing
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.assurances import AssuranceFactory
from tests.forms import day_fields

pytestmark = pytest.mark.django_db
FFT = "/staff/organisations/fft/"
CERTIFICATE = {
    "kind": "cyber-essentials", "name": "", "reference": "CE-1", "issuer": "IASME",
    "reason": "Seen in the register",
    **day_fields("ends", DAY + timedelta(days=60)),
}  # fmt: skip


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


def words(page):
    return " ".join(page.text.split())


def in_force(second_officer):
    """A second officer puts the newest draft in force."""
    changing.put_in_force(PolicyChange.objects.first().pk, by=second_officer, at=days.now())


def group(**names):
    for code, name in names.items():
        Recipient.objects.filter(code=code).update(group=name)


def test_the_list_says_how_each_stands(desk):
    AssuranceFactory(ends=DAY - timedelta(days=1))
    page = words(desk.get("/staff/organisations/"))
    assert page.count("None recorded") == 6
    assert "Ended" in page
    assert "Closed on 6 August 2010" in page
    page = words(desk.get("/staff/organisations/?words=fischer"))
    assert "1 organisation" in page
    assert "Lancashire" not in page


def test_an_organisation_has_a_page_of_its_own(desk):
    group(fft="One Group", alkemygold="one group")
    page = words(desk.get(FFT))
    assert "Fischer Family Trust (FFT)" in page
    assert "One Group, with" in page
    assert 'href="/staff/organisations/alkemygold/"' in page
    assert 'href="/sharing/fft/"' in page
    assert "WIG-FFT" in page
    assert "Nothing is recorded yet. You can sign an agreement" in page
    page = words(desk.get("/staff/organisations/pct/"))
    assert "Closed on 1 April 2013" in page
    assert "Work taken over by" in page
    assert "Took over the work of" in words(desk.get("/staff/organisations/public-health/"))
    assert desk.get("/staff/organisations/nope/").status_code == 404


def test_an_assurance_is_recorded_renewed_and_withdrawn_and_all_of_it_stays_on_record(
    desk, second_officer
):
    sent = desk.post(f"{FFT}assurance/", CERTIFICATE)
    assert "/staff/policy/changes/" in sent.url
    page = words(desk.get(FFT))
    assert "Add registration or certificate: CE-1" in page
    assert "CE-1, IASME" not in page
    in_force(second_officer)
    page = words(desk.get(FFT))
    assert "Ends in 60 days" in page
    assert "CE-1, IASME" in page
    later = {**CERTIFICATE, **day_fields("ends", DAY + timedelta(days=400)), "reference": "CE-2"}
    assert desk.post(f"{FFT}assurance/", later).status_code == 302
    in_force(second_officer)
    page = words(desk.get(FFT))
    assert "Valid" in page
    assert "Ends in 60 days" not in page
    assert "Cyber Essentials (CE-1, IASME), valid to 22 January 2027, recorded by" in page
    row = Assurance.objects.get(reference="CE-2")
    away = f"{FFT}assurance/{row.pk}/withdraw/"
    assert "Withdraw Cyber Essentials" in words(desk.get(away))
    answer = {"why": "no-longer", "reason": "They stopped."}
    assert desk.post(away, answer).status_code == 302
    page = words(desk.get(FFT))
    assert "You cannot sign an agreement with this organisation." in page
    assert "They stopped." in page
    assert "withdrawn already" in words(desk.get(desk.post(away, answer).url))
    assert desk.get(f"/staff/organisations/pct/assurance/{row.pk}/withdraw/").status_code == 404


def test_what_was_recorded_by_mistake_stands_until_a_second_officer_says_so(desk, second_officer):
    row = AssuranceFactory(ends=DAY - timedelta(days=1))
    away = f"{FFT}assurance/{row.pk}/withdraw/"
    sent = desk.post(away, {"why": "mistake", "reason": "Of another trust."})
    assert "Withdraw registration or certificate: CE-1" in words(desk.get(sent.url))
    assert "You cannot sign an agreement" in words(desk.get(FFT))
    in_force(second_officer)
    assert "Nothing is recorded yet." in words(desk.get(FFT))
    assert AssuranceWithdrawal.objects.get().reason == "Of another trust."
    verify_log(lambda _: None)


def test_what_an_organisation_relies_on_goes_out_and_comes_in_again(policy, write, officer):
    AssuranceFactory(by=officer)
    AssuranceFactory(kind="other", name="PCI DSS", reference="P-1", by=officer)
    document = json.loads(run("policy", "export").out)
    assert [part["reference"] for part in document["assurances"]] == ["CE-1", "P-1"]
    assert (
        "Nothing has changed" in run("policy", "import", write(json.dumps(document), "p.json")).out
    )
    renewed = document["assurances"][0]
    renewed["ends"] = "2030-01-01"
    document["assurances"].append({**renewed, "recipient": "pct", "reference": "CE-9"})
    assert run("policy", "import", write(json.dumps(document), "p.json")).code == 0
    after = json.loads(run("policy", "export").out)["assurances"]
    assert sorted(after, key=str) == sorted(document["assurances"], key=str)
    assert Assurance.objects.filter(by=None).count() == 2
    verify_log(lambda _: None)
    renewed["ends"] = "2027-01-01"
    ran = run("policy", "import", write(json.dumps(document), "p.json"))
    assert ran.code == 3
    assert "assurances[0].ends: the one on record is valid to 1 January 2030" in ran.said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "Select what it is"),
        ({"kind": "other", "name": ""}, "Enter the name of the certificate"),
        ({"issuer": ""}, "Enter who issued it"),
        ({"reference": ""}, "Enter the registration number or certificate reference"),
        ({"ends_0": "", "ends_1": "", "ends_2": ""}, "Enter the last day it is valid"),
        ({"ends_0": "31", "ends_1": "2"}, "Last day must be a real date"),
    ],
)
def test_what_is_missing_is_asked_for(desk, changes, said):
    page = desk.post(f"{FFT}assurance/", {**CERTIFICATE, **changes})
    assert page.status_code == 422
    assert said in words(page)
    assert not Assurance.objects.exists()


def test_a_withdrawal_says_why(desk):
    row = AssuranceFactory()
    page = desk.post(f"{FFT}assurance/{row.pk}/withdraw/", {"why": "", "reason": ""})
    assert page.status_code == 422
    assert "Select why you withdraw it" in words(page)
    assert not AssuranceWithdrawal.objects.exists()


def test_a_registration_is_issued_by_the_commissioner_and_another_certificate_has_a_name(
    desk, second_officer
):
    registration = {**CERTIFICATE, "kind": "ico-registration", "issuer": "", "name": "x"}
    assert desk.post(f"{FFT}assurance/", registration).status_code == 302
    in_force(second_officer)
    row = Assurance.objects.get()
    assert (row.issuer, row.name) == ("Information Commissioner’s Office", "")
    other = {**CERTIFICATE, "kind": "other", "name": "PCI DSS"}
    assert desk.post(f"{FFT}assurance/", other).status_code == 302
    again = desk.post(f"{FFT}assurance/", other)
    assert again.status_code == 422
    assert "It must be put in force, sent back or withdrawn" in words(again)
    in_force(second_officer)
    assert "PCI DSS" in words(desk.get(FFT))
    again = desk.post(f"{FFT}assurance/", other)
    assert again.status_code == 422
    assert "You have not changed anything." in words(again)


@pytest.mark.parametrize(
    ("left", "within"), [(91, None), (90, 90), (29, 30), (7, 7), (0, 7), (-1, None)]
)
def test_officers_are_reminded_before_the_end_each_time_once(policy, officer, left, within):
    row = AssuranceFactory(ends=DAY + timedelta(days=left), by=officer)
    reminding.remind(at=NOON)
    reminding.remind(at=NOON)
    keys = list(Message.objects.values_list("key", flat=True))
    assert keys == ([f"assurance-due/{row.pk}/{within}/{officer.reference}"] if within else [])
    if within:
        message = Message.objects.get()
        assert message.subject.startswith("Fischer Family Trust (FFT): Cyber Essentials ends on")
        assert FFT in message.text


def test_closed_organisations_and_renewed_ones_are_not_reminded_of(policy, officer):
    AssuranceFactory(recipient="pct", ends=DAY, by=officer)
    AssuranceFactory(ends=DAY, by=officer)
    AssuranceFactory(ends=DAY + timedelta(days=400), by=officer)
    assert reminding.assurances_due(DAY) == []
    assert reminding.remind(at=NOON) == 0


def test_the_start_page_says_what_ends_and_what_has_ended(desk):
    assert "Registrations and certificates" not in desk.get("/staff/").text
    today = days.today()
    AssuranceFactory(ends=today + timedelta(days=20))
    AssuranceFactory(recipient="alkemygold", ends=today - timedelta(days=20))
    page = words(desk.get("/staff/"))
    assert "Registrations and certificates of organisations" in page
    assert "Cyber Essentials ends on 13 December 2026" in page
    assert "Cyber Essentials ended on 3 November 2026. You cannot sign agreements with it" in page


def test_pages_take_few_queries(desk, django_assert_max_num_queries):
    for code in ("fft", "alkemygold", "pct", "connexions"):
        AssuranceFactory(recipient=code)
    for address, most in (("/staff/organisations/", 10), (FFT, 12)):
        with django_assert_max_num_queries(most):
            assert desk.get(address).status_code == 200


class TestGroups:
    """Which organisations may put together what each of them gets."""

    def same(self, code):
        recipient = Recipient.objects.get(code=code)
        return [other.code for other in recipients_of_same_group(recipient)]

    def test_whatever_the_case_of_the_name(self, policy):
        group(fft="One Group", alkemygold="ONE GROUP", pct="Another", connexions="")
        assert self.same("fft") == ["alkemygold"]
        assert self.same("alkemygold") == ["fft"]
        assert self.same("pct") == []

    def test_without_a_group_there_is_none_and_no_query(self, policy, django_assert_num_queries):
        recipient = Recipient.objects.get(code="connexions")
        with django_assert_num_queries(0):
            assert list(recipients_of_same_group(recipient)) == []

    def test_they_go_in_and_out_with_the_policy(self, policy, write):
        document = json.loads(POLICY.read_text())
        document["recipients"][3]["group"] = "One   group "
        document["recipients"][5]["group"] = "one Group"
        assert run("policy", "import", write(json.dumps(document), "p.json")).code == 0
        assert self.same("fft") == ["alkemygold"]
        exported = json.loads(run("policy", "export").out)
        assert exported["recipients"][3]["group"] == "One group"
        assert "group" not in exported["recipients"][0]
        again = run("policy", "import", write(json.dumps(exported), "p.json"), "--json")
        assert json.loads(again.out)["changed"] is False

    def test_a_file_that_leaves_them_out_keeps_them_and_an_empty_one_ends_them(self, policy, write):
        group(fft="One", alkemygold="One")
        document = json.loads(POLICY.read_text())
        assert run("policy", "import", write(json.dumps(document), "p.json")).code == 0
        assert self.same("fft") == ["alkemygold"]
        document["recipients"][3]["group"] = ""
        assert run("policy", "import", write(json.dumps(document), "p.json")).code == 0
        assert self.same("fft") == []

    def test_a_group_with_too_long_a_name_is_a_fault(self, db, write):
        document = json.loads(POLICY.read_text())
        document["recipients"][3]["group"] = "x" * 101
        ran = run("policy", "import", write(json.dumps(document), "p.json"))
        assert ran.code == 2
        assert "recipients[3].group: " in ran.said
