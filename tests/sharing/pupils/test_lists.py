"""The list of what was shared about one pupil, and restrictions."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from pypdf import PdfReader

from notices.models import Recipient
from sharing.pupils import lists as pupil_lists
from sharing.review import restricting
from sharing.rules import Reason
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.forms import day_fields
from tests.log_entries import events
from tests.recording import record
from tests.releases import content_of_response, upload_extract

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


class TestAPupilsList:
    def test_it_tells_what_went_to_whom_under_what(self, desk, pupil):
        record(desk)
        upload_and_take(desk)
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "2 entries" in page
        assert "WIG-CNX, version 2" in page
        assert "How we use information about pupils, version 3" in page
        assert "Surname" in page
        lines = list(csv.DictReader(io.StringIO(desk.get(f"{base}.csv").text)))
        assert [line["Organisation"] for line in lines] == ["Connexions", "Connexions"]
        assert lines[0]["Information"] == "Phone; Surname; Unique pupil number"
        paper = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content))
        assert "Connexions" in paper.pages[0].extract_text()
        assert events()[-1] == "pupil-opened"
        assert f"{base}/" in desk.get(f"/staff/pupils/{pupil.reference}/").text

    def test_what_was_kept_back_or_cut_is_not_in_it(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        upload_and_take(desk)
        (row,) = pupil_lists.rows_about(pupil, on=DAY)
        assert row.items == ("pupil.surname",)

    def test_a_restriction_holds_back_and_only_officers_know(self, desk, pupil, officer):
        disclosure = record(desk)
        address = f"/staff/disclosures/{disclosure.entry}/restrict/"
        until = DAY + timedelta(days=30)
        response = desk.post(address, {"ground": "Police request", **day_fields("until", until)})
        assert response.status_code == 302
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        page = desk.get(f"{base}/").text
        assert "Do not tell the family" in page
        assert "We have not shared anything else" in page
        assert len(desk.get(f"{base}.csv").text.splitlines()) == 1
        text = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content)).pages[0].extract_text()
        assert "Connexions" not in text
        assert "held back" not in text
        after = pupil_lists.rows_about(pupil, on=until + timedelta(days=1))
        assert len(pupil_lists.for_the_family(after)) == 1
        restricting.restrict(
            disclosure, until=DAY - timedelta(days=1), ground="Over", by=officer, at=NOON
        )
        assert len(pupil_lists.for_the_family(pupil_lists.rows_about(pupil, on=DAY))) == 1

    def test_it_is_empty_where_nothing_was_shared(self, desk, pupil):
        page = desk.get(f"/staff/pupils/{pupil.reference}/disclosures/").text
        assert "We have not shared anything about this pupil" in page

    @pytest.mark.parametrize("kind", ["/", ".csv", ".pdf"])
    def test_there_is_none_of_nobody(self, desk, kind):
        assert desk.get(f"/staff/pupils/{uuid4()}/disclosures{kind}").status_code == 404
        assert "pupil-opened" not in events()


def test_a_pupils_page_says_why_nothing_at_all_would_be_shared_today(desk, pupil):
    page = desk.get(f"/staff/pupils/{pupil.reference}/").text
    assert "Details: WIG-CNX" in page
    Recipient.objects.filter(code="connexions").update(closed=DAY)
    page = desk.get(f"/staff/pupils/{pupil.reference}/").text
    assert Reason.RECIPIENT_NOT_OPEN.sentence in page
    assert "Details: WIG-CNX" not in page


def upload_and_take(client):
    url = upload_extract(client, f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n".encode()).url
    client.post(f"{url}release/")
    return content_of_response(client.post(f"{url}download/"))
