"""What a file leaves open is asked on a page: its sheet, its encoding; what it hides is ticked (D)."""

import io
import re

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from consent.models import Pupil, RollUpload
from sharing.models import Release
from sharing.releases import desk
from tests.commands import run
from tests.log_entries import events
from tests.mails import run_jobs
from tests.places import DATA
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
AWKWARD = DATA / "awkward"
LEGACY = f"UPN,Surname,Parent name\r\n{'R359400125000'},Barlow,Łucja Śliwa\r\n".encode("cp1250")


@pytest.fixture
def signed_in(pupils, client, officer):
    client.force_login(officer)
    return client


def sent(client, content, name):
    return client.post(
        "/staff/releases/new/",
        {
            "agreement": "WIG-CNX",
            "purpose": "careers-guidance",
            "file": SimpleUploadedFile(name, content),
        },
    )


def roll_sent(client, name):
    file = SimpleUploadedFile(name, (AWKWARD / name).read_bytes())
    page = client.post("/staff/roll/", {"file": file, "whole": "some"})
    run_jobs()
    return page.url


class TestExtracts:
    def test_the_sheet_is_asked_for_and_what_it_hides_is_ticked(self, signed_in):
        content = (AWKWARD / "extract-hidden-rows.xlsx").read_bytes()
        url = sent(signed_in, content, "extract.xlsx").url
        page = signed_in.get(url, follow=True)
        assert page.redirect_chain[-1][0] == f"{url}reading/"
        assert re.findall(r'name="sheet"[^>]*value="([^"]*)"', page.text) == ["Sheet", "Sheet2"]
        release = Release.objects.get()
        assert desk.upload_file(release.pk).exists()
        empty = signed_in.post(f"{url}reading/", {})
        assert empty.status_code == 422
        assert "Select a sheet" in empty.text
        signed_in.post(f"{url}reading/", {"sheet": "Sheet"})
        assert not desk.upload_file(release.pk).exists()
        run_jobs()
        page = signed_in.get(url, follow=True).text
        assert "3 rows are hidden in the workbook (rows 4, 5, 6)" in page
        assert "I have checked what is hidden in the workbook" in page
        document = signed_in.get(f"{url}decision.json").json()
        assert len(document["warnings"]) == 2
        signed_in.post(f"{url}release/")
        release.refresh_from_db()
        assert release.state == Release.State.CHECKED
        signed_in.post(f"{url}release/", {"hidden_meant": "yes"})
        response = signed_in.post(f"{url}download/")
        assert response.status_code == 200
        assert b"".join(response.streaming_content)
        release.refresh_from_db()
        assert release.state == Release.State.HANDED_OVER
        assert "extract-reading-chosen" in events()

    def test_the_encoding_is_asked_for_with_names_as_they_would_read(self, signed_in):
        url = sent(signed_in, LEGACY, "x.csv").url
        page = signed_in.get(url, follow=True).text
        assert "Łucja Śliwa (Windows-1250, Central Europe)" in page
        signed_in.post(f"{url}reading/", {"encoding": "windows-1250"})
        run_jobs()
        release = Release.objects.get()
        assert release.state == Release.State.CHECKED
        assert "Łucja" in desk.extract_file(release.pk).read_text(encoding="utf-8")

    def test_garbled_letters_go_only_once_somebody_says_that_they_are_right(self, signed_in):
        content = "UPN,Surname\r\nR359400125000,MÃ¼ller\r\n".encode()
        url = sent(signed_in, content, "x.csv").url
        assert "The letters are right as they are" in signed_in.get(url, follow=True).text
        signed_in.post(f"{url}reading/", {"encoding": "utf-8"})
        run_jobs()
        assert Release.objects.get().decision["rows"]["withheld"] == 1

    def test_after_its_sheet_a_workbook_may_be_asked_about_its_letters(self, signed_in):
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as book:
            for name in ("First", "Second"):
                sheet = book.add_worksheet(name)
                sheet.write_row(0, 0, ["UPN", "Surname"])
                sheet.write_row(1, 0, ["R359400125000", "MÃ¼ller"])
        url = sent(signed_in, out.getvalue(), "x.xlsx").url
        signed_in.post(f"{url}reading/", {"sheet": "Second"})
        release = Release.objects.get()
        assert release.state == Release.State.ASKING
        assert "The letters are right as they are" in signed_in.get(url, follow=True).text
        signed_in.post(f"{url}reading/", {"encoding": "utf-8"})
        release.refresh_from_db()
        assert release.reading == {"sheet": "Second", "encoding": "utf-8"}
        assert release.state == Release.State.CHECKING
        assert "Müller" not in desk.extract_file(release.pk).read_text(encoding="utf-8")
        assert "MÃ¼ller" in desk.extract_file(release.pk).read_text(encoding="utf-8")
        for late in (
            signed_in.get(f"{url}reading/"),
            signed_in.post(f"{url}reading/", {"sheet": "First"}),
        ):
            assert (late.status_code, late.url) == (302, url)
        release.refresh_from_db()
        assert release.reading["sheet"] == "Second"

    def test_only_who_uploaded_answers(self, signed_in, second_officer):
        url = sent(signed_in, LEGACY, "x.csv").url
        signed_in.force_login(second_officer)
        assert "uploaded this file" in signed_in.get(f"{url}reading/").text
        signed_in.post(f"{url}reading/", {"encoding": "windows-1250"})
        assert Release.objects.get().state == Release.State.ASKING

    def test_it_can_be_deleted_instead_of_answered(self, signed_in):
        url = sent(signed_in, LEGACY, "x.csv").url
        release = Release.objects.get()
        signed_in.post(f"{url}delete/")
        release.refresh_from_db()
        assert release.state == Release.State.DELETED
        assert not desk.upload_file(release.pk).exists()

    def test_a_file_that_is_none_after_all_is_faulty_and_deleted(self, signed_in):
        content = (AWKWARD / "roll-two-sheets.xlsx").read_bytes()
        url = sent(signed_in, content, "x.xlsx").url
        release = Release.objects.get()
        release.asked["sheets"].append(["Gone", False])
        release.save()
        signed_in.post(f"{url}reading/", {"sheet": "Gone"})
        assert "there is no sheet “Gone”" in signed_in.get(url).text
        assert not desk.upload_file(release.pk).exists()

    def test_what_nobody_answers_goes_with_the_day(self, signed_in):
        sent(signed_in, LEGACY, "x.csv")
        release = Release.objects.get()
        assert desk.expire_due(at=release.expires_at) == 1
        assert not desk.upload_file(release.pk).exists()

    def test_a_bomb_is_a_sentence_on_the_form(self, signed_in):
        content = (AWKWARD / "workbook-one-far-cell.xlsx").read_bytes()
        page = sent(signed_in, content, "x.xlsx")
        assert page.status_code == 422
        assert "at most 200 columns" in page.text
        assert not Release.objects.exists()


class TestRolls:
    def test_the_sheet_is_asked_for(self, signed_in):
        before = Pupil.objects.count()
        url = roll_sent(signed_in, "roll-two-sheets.xlsx")
        page = signed_in.get(url, follow=True)
        assert page.redirect_chain[-1][0] == f"{url}reading/"
        signed_in.post(f"{url}reading/", {"sheet": "Year 11"})
        run_jobs()
        assert "Check the changes" in signed_in.get(url).text
        signed_in.post(f"{url}import/")
        run_jobs()
        assert "Pupils imported" in signed_in.get(url).text
        assert Pupil.objects.count() == before + 1
        assert "roll-reading-chosen" in events()

    def test_the_encoding_is_asked_for(self, signed_in):
        url = roll_sent(signed_in, "roll-windows-1250.csv")
        assert "Łucja" in signed_in.get(url, follow=True).text
        signed_in.post(f"{url}reading/", {"encoding": "windows-1250"})
        run_jobs()
        assert "Łucja" in signed_in.get(url).text

    def test_what_a_roll_hides_is_named(self, signed_in, tmp_path):
        path = tmp_path / "r.xlsx"
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ROLL_HEADINGS.split(","))
        sheet.write_row(1, 0, pupil_row().strip().split(","))
        sheet.set_row(1, None, None, {"hidden": True})
        book.close()
        ran = run("roll", "import", path)
        assert ran.code == 0, ran.said
        assert "Warning: 1 row is hidden in the workbook (row 2)" in ran.said
        file = SimpleUploadedFile("r.xlsx", path.read_bytes())
        url = signed_in.post("/staff/roll/", {"file": file, "whole": "some"}).url
        run_jobs()
        assert "1 row is hidden in the workbook (row 2)" in signed_in.get(url).text

    def test_one_far_cell_is_a_fault_of_the_upload(self, signed_in):
        url = roll_sent(signed_in, "workbook-one-far-cell.xlsx")
        assert "at most 200 columns" in signed_in.get(url).text
        assert RollUpload.objects.get().state == RollUpload.State.FAULTY
