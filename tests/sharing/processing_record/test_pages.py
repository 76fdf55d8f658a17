"""The record of processing activities as page, workbook and JSON-LD."""

import io
import zipfile
from datetime import date, timedelta

import pytest

from notices.models import Contact, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.terms import current as terms
from sharing.models import AgreementVersion
from sharing.processing_record.gathering import record_on
from tests.factories.sharing import AgreementFactory

PAGE = "/staff/processing/"


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


def texts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/sharedStrings.xml").decode(), book.namelist()


@pytest.mark.django_db
class TestTheRecord:
    def test_it_names_what_the_council_does_and_shares(self, policy, desk):
        page = desk.get(PAGE).text
        assert "Wigan Council" in page
        assert "The council’s own use" in page
        assert "Not shared" not in page
        assert "Public task" in page
        for version in AgreementVersion.objects.filter(signed_on=None):
            assert f"{version.agreement} version {version.number}" not in page

    def test_what_the_policy_does_not_say_is_named_as_missing(self, policy, desk):
        Contact.objects.filter(kind="dpo").delete()
        page = desk.get(PAGE).text
        assert "<li>the data protection officer</li>" in page
        assert "security measures" in page
        only = desk.get(PAGE, {"gaps": "yes"}).text
        assert "Not shared" not in only
        assert f"{only.count('Incomplete')} activities with something missing" in only

    def test_an_agreement_is_in_it_while_it_is_in_force(self, policy, desk, officer):
        today = days.today()
        version = AgreementFactory(
            by=officer, recipient="lancashire-cc", security="Locked away", retention_months=7,
            starts=today, ends=today + timedelta(days=300), review_on=today + timedelta(days=200),
        )  # fmt: skip
        page = desk.get(PAGE).text
        assert "Locked away" in page
        assert "7 months after it was shared" in page
        assert f"{version.agreement.reference} version 1" in page

    def test_organisations_whose_agreements_have_ended_are_not_shared_with(
        self, policy, desk, monkeypatch
    ):
        monkeypatch.setattr(days, "today", lambda: date(2032, 1, 1))
        page = desk.get(PAGE).text
        assert page.count("govuk-tag--grey") == page.count("No agreement is in force") > 3
        assert "Connexions" in page

    def test_before_a_policy_is_loaded_all_of_it_is_missing(self, desk):
        page = desk.get(PAGE).text
        assert "No privacy notice and no agreement is in force." in page
        assert "the council’s name" in page

    def test_it_takes_as_many_queries_for_many_organisations(
        self, policy, desk, officer, django_assert_num_queries, django_assert_max_num_queries
    ):
        terms.number("mail_keep_days")
        with django_assert_num_queries(9):
            record_on(days.today())
        with django_assert_max_num_queries(20) as few:
            desk.get(PAGE)
        today = days.today()
        for number in range(3):
            code = f"new-{number}"
            Recipient.objects.create(code=code, name=code, position=100 + number)
            AgreementFactory(
                by=officer, recipient=code, starts=today, ends=today + timedelta(days=300),
                review_on=today + timedelta(days=200),
            )  # fmt: skip
        with django_assert_num_queries(len(few.captured_queries)):
            assert "new-2" in desk.get(PAGE).text

    def test_the_workbook_has_text_only_and_leaves_no_entry(self, policy, desk, officer):
        today = days.today()
        AgreementFactory(
            by=officer, recipient="lancashire-cc", security="=1+1",
            starts=today, ends=today + timedelta(days=300), review_on=today + timedelta(days=200),
        )  # fmt: skip
        entries = entries_so_far()
        strings, names = texts(desk.get(f"{PAGE}record.xlsx").content)
        assert ">=1+1<" in strings
        assert "(special category)" in strings
        assert "Data protection officer" in strings
        assert [name for name in names if "worksheets/sheet" in name] == [
            f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3, 4)
        ]
        assert entries_so_far() == entries

    def test_programs_read_the_same_activities(self, policy, desk):
        answer = desk.get(f"{PAGE}record.jsonld")
        assert answer["Content-Type"].startswith("application/ld+json")
        processes = answer.json()["dpv:hasProcess"]
        page = desk.get(PAGE).text
        assert f"{len(processes)} activities." in page
        assert all(process["dct:identifier"] in page for process in processes)
