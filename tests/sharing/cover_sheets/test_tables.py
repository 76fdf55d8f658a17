"""The cover sheet of a table of statistics (H5)."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sharing.models import CountsRelease, CoverSheet, Undone
from tests.log_entries import events
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db
TABLE = "School,Girls,Boys,Total\r\nA,3,12,15\r\nB,20,8,28\r\nTotal,23,20,43\r\n"


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


def hand_over(client):
    """A table is checked and released; returns the response and the CSV that left."""
    client.post(
        "/staff/statistics/new/",
        {"agreement": "WIG-PH-STATS", "file": SimpleUploadedFile("table.csv", TABLE.encode())},
    )
    release = CountsRelease.objects.get()
    response = client.post(f"/staff/statistics/{release.pk}/hand-over/", {"warnings_meant": "yes"})
    return response, content_of_response(response) if response.streaming else b""


def test_it_says_method_threshold_and_hidden_cells(desk):
    response, file = hand_over(desk)
    sheet = CoverSheet.objects.select_related("disclosure").get()
    assert sheet.file_sha256 == hashlib.sha256(file).hexdigest() == sheet.disclosure.file_sha256
    assert sheet.file_name in response["Content-Disposition"]
    entry = sheet.disclosure.entry
    text = " ".join(desk.get(f"/staff/disclosures/{entry}/cover-sheet.txt").text.split())
    assert "Source: A table of statistics that the council checked on" in text
    assert "Method: Hide numbers below the threshold" in text
    assert "Threshold: Numbers from 1 to 4 are hidden" in text
    assert "Hidden numbers: 4 cells" in text
    assert "Rows in full" not in text
    assert desk.get(f"/staff/disclosures/{entry}/cover-sheet.pdf").status_code == 200
    page = desk.get(f"/staff/statistics/{CountsRelease.objects.get().pk}/").text
    assert f"/staff/disclosures/{entry}/cover-sheet.pdf" in page


def test_no_table_leaves_without_it(desk, monkeypatch):
    def fails(sheet):
        raise OSError("no room")

    monkeypatch.setattr("sharing.cover_sheets.making.write", fails)
    response, file = hand_over(desk)
    assert (response.status_code, file) == (302, b"")
    assert "so nothing was released" in desk.get(response.url).text
    assert CountsRelease.objects.get().state == CountsRelease.State.VOID
    assert Undone.objects.count() == 1
    assert events()[-1] == "hand-over-undone"
