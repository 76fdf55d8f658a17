"""The list of what was shared about one pupil, and restrictions."""

import csv
import html
import io
import re
from datetime import timedelta
from itertools import chain
from uuid import uuid4

import pytest
from pypdf import PdfReader

from notices.models import Recipient
from sharing.disclosures.person_lines import index_lines
from sharing.models import Recall, RecallStep
from sharing.pupils import lists as pupil_lists
from sharing.review import recalling, restricting
from sharing.review.recalling import find_late
from sharing.rules import Reason
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import DisclosureFactory
from tests.forms import day_fields
from tests.log_entries import events
from tests.logged import logged
from tests.recording import CALL, record
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
        lines = list(
            csv.DictReader(io.StringIO(content_of_response(desk.get(f"{base}.csv")).decode()))
        )
        assert [line["Organisation"] for line in lines] == ["Connexions", "Connexions"]
        assert lines[0]["Information"] == "Phone; Surname; Unique pupil number"
        paper = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content))
        assert "Connexions" in paper.pages[0].extract_text()
        assert events()[-1] == "pupil-opened"
        assert f"{base}/" in desk.get(f"/staff/pupils/{pupil.reference}/").text

    def test_what_was_kept_back_or_cut_is_not_in_it(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        upload_and_take(desk)
        (row,) = pupil_lists.whole_list(pupil, on=DAY)
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
        assert len(content_of_response(desk.get(f"{base}.csv")).decode().splitlines()) == 1
        text = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content)).pages[0].extract_text()
        assert "Connexions" not in text
        assert "held back" not in text
        assert len(list(pupil_lists.whole_list(pupil, on=until + timedelta(days=1)))) == 1
        restricting.restrict(
            disclosure, until=DAY - timedelta(days=1), ground="Over", by=officer, at=NOON
        )
        assert len(list(pupil_lists.whole_list(pupil, on=DAY))) == 1

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


@pytest.fixture
def many(desk, pupil, officer):
    """130 files about the pupil: two in three to Connexions, the others to FFT, half of them indexed."""
    files = [
        logged([pupil.reference], by=officer, agreement="WIG-FFT" if number % 3 == 2 else "WIG-CNX")
        for number in range(65)
    ]
    index_lines(at=NOON)
    return files + [
        logged([pupil.reference], by=officer, agreement="WIG-FFT" if number % 3 == 1 else "WIG-CNX")
        for number in range(65)
    ]


def entries_on(page):
    table = page.text.split("newest first", 1)[1].split("</table>")[0]
    return [int(entry) for entry in re.findall(r"/staff/disclosures/(\d+)/", table)]


def walk(desk, address):
    """The log entries of all pages, each reached by the link to the next."""
    entries = []
    while address:
        page = desk.get(address)
        entries.append(entries_on(page))
        following = re.search(r'href="([^"]*)" rel="next"', page.text)
        address = following and f"{address.split('?')[0]}{html.unescape(following[1])}"
    return entries


class TestPages:
    def test_every_entry_is_on_one_page(self, desk, pupil, many):
        pages = walk(desk, f"/staff/pupils/{pupil.reference}/disclosures/")
        assert [len(page) for page in pages] == [50, 50, 30]
        assert list(chain(*pages)) == [each.entry for each in reversed(many)]

    def test_the_numbers_are_the_lengths_of_the_lists_behind_them(self, desk, pupil, many):
        base = f"/staff/pupils/{pupil.reference}/disclosures/"
        page = desk.get(base).text
        assert "130 entries, newest first" in page
        groups = re.findall(
            r'href="\?organisation=([\w-]+)".*?--numeric">.*?(\d+)\s*</td>', page, re.S
        )
        assert len(groups) == 2
        for code, number in groups:
            entries = list(chain(*walk(desk, f"{base}?organisation={code}")))
            names = {each.recipient.code for each in many if each.entry in set(entries)}
            assert (len(entries), names) == (int(number), {code})
        assert sum(int(number) for _, number in groups) == 130

    def test_it_goes_back_and_to_either_end(self, desk, pupil, many):
        base = f"/staff/pupils/{pupil.reference}/disclosures/"
        entries = [each.entry for each in reversed(many)]
        assert entries_on(desk.get(f"{base}?before=")) == entries[-50:]
        assert entries_on(desk.get(f"{base}?before=[{entries[80]}]")) == entries[30:80]
        for address in (f"{base}?before=[{entries[20]}]", f"{base}?after=nonsense"):
            assert entries_on(desk.get(address)) == entries[:50]
        assert entries_on(desk.get(f"{base}?after=[{entries[-1]}]")) == entries[-50:]

    def test_there_is_none_of_an_unknown_organisation(self, desk, pupil):
        base = f"/staff/pupils/{pupil.reference}/disclosures/"
        assert desk.get(f"{base}?organisation=nobody").status_code == 404
        assert desk.get(f"{base}?organisation=not-listed").status_code == 200

    def test_files_are_whole(self, desk, pupil, many):
        response = desk.get(f"/staff/pupils/{pupil.reference}/disclosures.csv")
        assert response.streaming
        lines = list(csv.DictReader(io.StringIO(content_of_response(response).decode())))
        assert len(lines) == 130

    def test_it_asks_the_database_as_often_for_many_as_for_few(
        self, desk, pupil, many, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(5):
            page = pupil_lists.page_about(pupil, {}, on=DAY)
            assert (len(page.page.object_list), page.count) == (50, 130)


class TestWhatWentWrong:
    def remarks(self, desk, pupil):
        base = f"/staff/pupils/{pupil.reference}/disclosures"
        lines = csv.DictReader(io.StringIO(content_of_response(desk.get(f"{base}.csv")).decode()))
        (remark,) = [line["What went wrong"] for line in lines]
        if remark:
            assert remark in desk.get(f"{base}/").text
            paper = PdfReader(io.BytesIO(desk.get(f"{base}.pdf").content))
            assert remark.split(".")[0] in " ".join(paper.pages[0].extract_text().split())
        return remark

    def test_an_entry_that_broke_the_rules_says_so(self, desk, pupil):
        record(desk, **CALL)
        assert self.remarks(desk, pupil) == "The rules did not allow it."

    def test_what_was_too_much_and_called_back_says_so_without_naming_the_choice(
        self, desk, pupil, officer
    ):
        DisclosureFactory.create(by=officer, days=-3)
        assert self.remarks(desk, pupil) == ""
        late = DecisionFactory(pupil=pupil, received_at=NOON - timedelta(days=5))
        find_late([late], at=NOON)
        recall = Recall.objects.get()
        assert self.remarks(desk, pupil).endswith("The organisation will be asked to delete it.")
        for kind, told in [
            ("sent", "asked to delete it, most recently"),
            ("confirmed", "confirmed"),
        ]:
            recalling.record_step(
                recall, RecallStep.Kind(kind), on=DAY, note="By post", by=officer, at=NOON
            )
            remark = self.remarks(desk, pupil)
            assert told in remark
            assert "opt" not in remark
