"""The cover sheet that goes with each file (H5)."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pyrage
import pytest
import pyzipper
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from pypdf import PdfReader

from notices.models import Purpose
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.ui.errors import NotOnThisServerError
from sharing.auditing.verifying import verify_log
from sharing.cover_sheets import making
from sharing.cover_sheets.facts import Facts
from sharing.models import CoverSheet, Disclosure, Release, Undone
from tests.commands import run
from tests.example import TWIN, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import ReadyReleaseFactory
from tests.log_entries import events
from tests.releases import content_of_response, send_by
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db
TABLE = "School,Girls,Boys,Total\r\nA,3,20,23\r\nB,14,30,44\r\nTotal,17,50,67\r\n"


def words_of(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def download(client, officer, **more):
    """An officer downloads a release; returns the response with its content."""
    release = ReadyReleaseFactory(by=officer, **more)
    client.force_login(officer)
    response = client.post(f"/staff/releases/{release.pk}/download/")
    return release, response, content_of_response(response) if response.streaming else b""


def test_a_sheet_says_what_a_recipient_has_to_know(pupil, client, officer):
    DecisionFactory(pupil=pupil)
    content = (
        f"UPN,Surname,Telephone,Favourite colour\r\n{UPN},Barlow,07700 900123,red\r\n"
        f"{TWIN},Barlow,07700 900124,blue\r\nX1,Nobody,1,x\r\n"
    )
    _, _, file = download(client, officer, content=content, reference="About Ella Barlow")
    sheet = CoverSheet.objects.select_related("disclosure").get()
    text = client.get(f"/staff/disclosures/{sheet.disclosure.entry}/cover-sheet.txt").text
    flat = " ".join(text.split())
    for words in (
        "Cover sheet: agreement WIG-CNX, log entry",
        "Shared with: Connexions",
        "WIG-CNX, version ",
        "Purpose:",
        "Lawful basis:",
        "Legal gateway:",
        "Privacy notice: How we use information about pupils, version ",
        "What it says about Connexions:",
        "Source: A CSV file that the council uploaded on ",
        "How it was collected: From schools, from parents and pupils",
        "Rows in full: 0",
        "Rows with basic details only: 1",
        "Rows withheld: 2 (not in the file)",
        "Delete by: ",
        "Data Protection Officer",
        hashlib.sha256(file).hexdigest(),
        f"Log entry of the release: {sheet.disclosure.entry}",
        f"Log entry of this sheet and the fingerprint: {sheet.entry}",
        bytes(Entry.objects.get(pk=sheet.entry).leaf).hex(),
    ):
        assert words in flat, words
    pdf = client.get(f"/staff/disclosures/{sheet.disclosure.entry}/cover-sheet.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert "Rows with basic details only 1" in words_of(b"".join(pdf))


def test_a_sheet_has_no_pupils_data_no_heading_and_no_reference(pupil, client, officer):
    content = f"UPN,Surname,Ella’s phone\r\n{UPN},Barlow,07700 900123\r\n"
    release, _, _ = download(
        client, officer, content=content, reference="About Ella Barlow", name="ella-barlow.csv",
        assigned={"Ella’s phone": "pupil.phone"},
    )  # fmt: skip
    sheet = CoverSheet.objects.get()
    entry = sheet.disclosure.entry
    told = [json.dumps(sheet.facts)]
    told.append(client.get(f"/staff/disclosures/{entry}/cover-sheet.txt").text)
    told.append(words_of(b"".join(client.get(f"/staff/disclosures/{entry}/cover-sheet.pdf"))))
    for words in told:
        for personal in (
            "ella",
            "barlow",
            UPN.lower(),
            "07700",
            str(pupil.reference),
            str(release.pk),
        ):
            assert personal not in words.lower()
        assert "Phone" in words


def test_the_address_of_the_notice_is_that_of_its_page(pupil, client, officer):
    download(client, officer)
    told = CoverSheet.objects.get().facts["told"]
    path = reverse("notice-version", args=["pupils", told["number"]])
    assert told["address"] == address(path)
    assert client.get(path).status_code == 200


def test_a_sheet_can_be_fetched_again_and_never_changes(pupil, client, officer):
    download(client, officer)
    entry = Disclosure.objects.get().entry
    address = f"/staff/disclosures/{entry}/cover-sheet.txt"
    before = client.get(address).content
    with policy_unguarded():
        Purpose.objects.update(label="Something else")
    assert client.get(address).content == before
    assert Release.objects.get().state == Release.State.HANDED_OVER
    page = client.get(f"/staff/releases/{Release.objects.get().pk}/").text
    assert address in page
    assert address in client.get(f"/staff/disclosures/{entry}/").text


def test_it_is_for_officers_and_only_of_what_left(pupil, client, officer, secretary):
    download(client, officer)
    disclosure = Disclosure.objects.get()
    address = f"/staff/disclosures/{disclosure.entry}/cover-sheet"
    client.force_login(secretary)
    assert {client.get(f"{address}.{form}").status_code for form in ("txt", "pdf")} == {403}
    client.force_login(officer)
    Undone.objects.create(disclosure=disclosure, at=disclosure.at, why="x")
    assert {client.get(f"{address}.{form}").status_code for form in ("txt", "pdf")} == {404}


def test_the_fingerprint_is_of_the_bytes_that_the_recipient_reads(pupil, client, officer):
    send_by("zip")
    release, _, content = download(client, officer)
    sheet = CoverSheet.objects.get()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(
            release.passphrase.encode() or Release.objects.get().passphrase.encode()
        )
        names = archive.namelist()
        inner = archive.read(names[0])
        text, pdf = archive.read(names[1]), archive.read(names[2])
    assert names == [sheet.file_name, f"{names[0]}.cover.txt", f"{names[0]}.cover.pdf"]
    assert hashlib.sha256(inner).hexdigest() == sheet.file_sha256
    assert sheet.file_sha256 in text.decode()
    assert sheet.file_sha256 in words_of(pdf).replace(" ", "")
    entry = sheet.disclosure.entry
    assert text == client.get(f"/staff/disclosures/{entry}/cover-sheet.txt").content


def test_a_parcel_of_age_has_all_three_in_one(pupil, client, officer):
    send_by("age")
    _, response, content = download(client, officer)
    assert response["Content-Disposition"].endswith('.zip.age"')
    opened = pyrage.passphrase.decrypt(content, Release.objects.get().passphrase)
    with zipfile.ZipFile(io.BytesIO(opened)) as archive:
        names = archive.namelist()
        digest = hashlib.sha256(archive.read(names[0])).hexdigest()
    assert len(names) == 3
    assert digest == CoverSheet.objects.get().file_sha256


def test_a_workbooks_fingerprint_is_the_workbooks(pupil, client, officer, tmp_path):
    import xlsxwriter

    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for row, cells in enumerate((("UPN", "Surname"), (UPN, "Barlow"))):
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell)
    book.close()
    _, _, file = download(client, officer, content=path.read_bytes(), name="x.xlsx")
    assert zipfile.is_zipfile(io.BytesIO(file))
    kept = CoverSheet.objects.get()
    assert kept.file_sha256 == hashlib.sha256(file).hexdigest()
    assert kept.file_name.endswith(".xlsx")
    assert Facts.model_validate(kept.facts).source == "xlsx"


@pytest.mark.parametrize("step", ["write", "append", "sheet_body", "fingerprint"])
def test_nothing_leaves_where_the_sheet_cannot_be_made(pupil, client, officer, monkeypatch, step):
    def fails(*args, **more):
        raise OSError("no room")

    where = (
        "sharing.releases.delivering" if step == "fingerprint" else "sharing.cover_sheets.making"
    )
    monkeypatch.setattr(f"{where}.{step}", fails)
    release, response, content = download(client, officer)
    assert (response.status_code, content) == (302, b"")
    release.refresh_from_db()
    assert release.state == Release.State.VOID
    assert Undone.objects.get().disclosure == release.disclosure
    assert events()[-1] == "hand-over-undone"
    assert not list((Path(release_folder())).glob("*"))
    verify_log(lambda done: None)


def release_folder():
    from django.conf import settings

    return Path(settings.PRIVATE_DIR) / "permitted"


def test_facts_that_cannot_be_gathered_are_a_refusal(pupil, client, officer, monkeypatch):
    def fails(*args, **more):
        raise RuntimeError("no notice")

    monkeypatch.setattr("sharing.releases.handing_over.facts_of", fails)
    release = ReadyReleaseFactory(by=officer)
    client.force_login(officer)
    client.raise_request_exception = False
    assert client.post(f"/staff/releases/{release.pk}/download/").status_code == 500
    assert not Disclosure.objects.exists()
    assert events()[-1] == "refusal"
    release.refresh_from_db()
    assert release.state == Release.State.RELEASED


def test_a_server_without_pdf_refuses_before_anything_is_handed_over(
    pupil, client, officer, monkeypatch
):
    def missing():
        raise NotOnThisServerError("Pango is not installed on this server.")

    monkeypatch.setattr(making, "check_available", missing)
    release = ReadyReleaseFactory(by=officer)
    client.force_login(officer)
    page = client.post(f"/staff/releases/{release.pk}/download/", follow=True).text
    assert "This server cannot make the cover sheet" in page
    release.refresh_from_db()
    assert release.state == Release.State.RELEASED
    assert not Disclosure.objects.exists()


def test_the_promise_of_one_download_holds(pupil, client, officer):
    release, response, _ = download(client, officer)
    assert response.status_code == 200
    again = client.post(f"/staff/releases/{release.pk}/download/", follow=True)
    assert "already been downloaded and deleted" in again.text
    assert CoverSheet.objects.count() == Disclosure.objects.count() == 1


class TestCommand:
    def release(self, write, officer, out, *more):
        file = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n")
        return run(
            "disclosure", "release", file, "--agreement", "WIG-CNX", "--purpose",
            "careers-guidance", "--out", out, "--by", officer.email, *more,
        )  # fmt: skip

    def test_the_sheet_is_written_beside_the_file(self, pupil, write, officer, tmp_path):
        out = tmp_path / "out.csv"
        done = self.release(write, officer, out)
        assert done.code == 0, done.said
        text, pdf = tmp_path / "out.csv.cover.txt", tmp_path / "out.csv.cover.pdf"
        assert f"{out}.cover.txt" in done.said
        assert {path.name for path in tmp_path.iterdir()} >= {out.name, text.name, pdf.name}
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        assert digest in text.read_text()
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert {path.stat().st_mode & 0o777 for path in (out, text, pdf)} == {0o600}
        verify_log(lambda verified: None)

    @pytest.mark.parametrize("taken", ["out.csv", "out.csv.cover.txt", "out.csv.cover.pdf"])
    def test_nothing_is_ever_overwritten(self, pupil, write, officer, tmp_path, taken):
        (tmp_path / taken).write_text("mine")
        done = self.release(write, officer, tmp_path / "out.csv")
        assert done.code == 2
        assert f"{taken}' already exists" in done.said
        assert (tmp_path / taken).read_text() == "mine"
        assert [path.name for path in tmp_path.glob("out*")] == [taken]
        assert not Disclosure.objects.exists()

    @pytest.mark.parametrize("step", ["make", "fingerprint", "shutil.copyfile"])
    def test_no_file_without_its_sheet(self, pupil, write, officer, tmp_path, monkeypatch, step):
        def fails(*args, **more):
            raise ValueError

        monkeypatch.setattr(f"sharing.management.commands.disclosure.{step}", fails)
        done = self.release(write, officer, tmp_path / "out.csv")
        assert done.code == 3
        assert "nothing was released" in done.said
        assert not list(tmp_path.glob("*out*"))
        assert not list(release_folder().glob("*"))
        assert Undone.objects.count() == 1


class TestVerifying:
    def test_a_changed_sheet_breaks_the_log(self, pupil, client, officer):
        download(client, officer)
        with pytest.raises(IntegrityError), transaction.atomic():
            CoverSheet.objects.update(file_sha256="0" * 64)
        self.change("UPDATE sharing_coversheet SET facts = jsonb_set(facts, '{purpose}', '\"x\"')")
        with pytest.raises(LogBrokenError, match="differs from what was logged in facts"):
            verify_log(lambda done: None)

    def test_so_does_a_missing_one(self, pupil, client, officer):
        download(client, officer)
        self.change("DELETE FROM sharing_coversheet")
        with pytest.raises(LogBrokenError, match="cover sheet it vouches for is missing"):
            verify_log(lambda done: None)

    def change(self, statement):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE sharing_coversheet DISABLE TRIGGER append_only_rows")
            cursor.execute(statement)
            cursor.execute("ALTER TABLE sharing_coversheet ENABLE ALWAYS TRIGGER append_only_rows")
