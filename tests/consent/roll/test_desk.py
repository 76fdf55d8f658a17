"""The roll's page: uploaded, looked at, imported only after a yes; leavers; merged records."""

import csv
import io
import json
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.gb.upn import calc_check_digit

from consent.letters.printing import pupils_for
from consent.models import LetterKind, Pupil, RollUpload, Scheme, SchoolStaff
from consent.roll import desk as roll_desk
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from tests import mails
from tests.commands import run
from tests.ctf import ctf
from tests.example import DAY, TWIN, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import DisclosureFactory
from tests.rolls import (
    OTHER_SCHOOL,
    ROLL_PAGE,
    accept_roll,
    pupil_row,
    roll_of,
    upload_roll,
)

pytestmark = pytest.mark.django_db


class TestPage:
    def test_nothing_is_stored_before_the_yes(self, signed_in, client):
        page = upload_roll(client, roll_of(pupil_row()))
        assert "Check the changes" in page.text
        assert "Added: 1" in page.text
        assert "Ella Barlow, Example High School" in page.text
        assert not Pupil.objects.exists()
        page = accept_roll(client)
        assert "Pupils imported" in page.text
        assert Pupil.objects.get().surname == "Barlow"
        assert not roll_desk.file_of(RollUpload.objects.get()).exists()
        events = [json.loads(bytes(entry.body))["event"] for entry in Entry.objects.order_by("seq")]
        assert events[-2:] == ["roll-uploaded", "roll-imported"]

    def test_changes_moves_and_leavers_are_shown_one_by_one(self, signed_in, client, write):
        rows = [
            pupil_row(),
            pupil_row(UPN=TWIN, Forename="Ann"),
            pupil_row(UPN="H359400010001", Forename="Zed"),
        ]
        run("roll", "import", write(roll_of(*rows), "r.csv"))
        page = upload_roll(
            client, roll_of(pupil_row(DOB="2013-05-05"), pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL)),
            whole="all",
        )  # fmt: skip
        text = " ".join(page.text.split())
        assert "Date of birth: changes from 5 May 2012 to 5 May 2013." in text
        assert "Ann Barlow: from Example High School to Other School" in text
        assert "Leavers: 1" in text
        assert "Zed Barlow, Example High School" in text
        looked = json.loads(bytes(Entry.objects.latest("seq").body))
        assert looked["event"] == "pupils-listed"
        assert len(looked["people"]) == 3
        accept_roll(client)
        assert [pupil.forename for pupil in Pupil.objects.filter(left_on=DAY)] == ["Zed"]

    def test_a_whole_roll_that_lacks_most_pupils_is_warned_of(self, signed_in, client, write):
        numbers = [f"3594001{number:05}" for number in range(22)]
        rows = [pupil_row(UPN=calc_check_digit(number) + number) for number in numbers]
        run("roll", "import", write(roll_of(*rows), "r.csv"))
        assert (
            "More pupils would be marked as left than stay"
            in upload_roll(client, roll_of(rows[0]), whole="all").text
        )
        assert (
            "More pupils would be marked as left"
            not in upload_roll(client, roll_of(*rows[:20]), whole="all").text
        )

    def test_and_is_imported_only_once_it_is_ticked_that_they_left(self, signed_in, client, write):
        numbers = [f"3594001{number:05}" for number in range(8)]
        rows = [pupil_row(UPN=calc_check_digit(number) + number) for number in numbers]
        run("roll", "import", write(roll_of(*rows), "r.csv"))
        page = upload_roll(client, roll_of(rows[0]), whole="all").text
        assert "7 pupils will be marked as left because they are not in the file" in page
        importing = f"{ROLL_PAGE}{RollUpload.objects.get().pk}/import/"
        refused = client.post(importing)
        assert refused.status_code == 422
        assert "Tick the box if these pupils have left" in refused.text
        mails.run_jobs()
        assert not Pupil.objects.exclude(left_on=None).exists()
        client.post(importing, {"leave": "1"})
        mails.run_jobs()
        assert Pupil.objects.filter(left_on=DAY).count() == 7

    def test_some_pupils_of_a_school_make_nobody_leave(self, signed_in, client, write):
        run("roll", "import", write(roll_of(pupil_row(), pupil_row(UPN=TWIN)), "r.csv"))
        upload_roll(client, roll_of(pupil_row(Sex="M")))
        accept_roll(client)
        assert not Pupil.objects.exclude(left_on=None).exists()

    def test_faults_are_listed_and_the_file_is_deleted(self, signed_in, client):
        page = upload_roll(client, roll_of(pupil_row(UPN="X1")))
        assert "There are errors in your file" in page.text
        assert "is not a valid UPN" in page.text
        upload = RollUpload.objects.get()
        assert not roll_desk.file_of(upload).exists()
        assert accept_roll(client).status_code == 200
        assert not Pupil.objects.exists()

    def test_what_would_be_done_otherwise_now_waits_for_another_yes(self, signed_in, client, write):
        upload_roll(client, roll_of(pupil_row()))
        run("roll", "import", write(roll_of(pupil_row(Sex="M")), "r.csv"))
        page = accept_roll(client)
        assert "Pupil records have changed since you checked" in page.text
        assert Pupil.objects.get().sex == "M"
        assert "Pupils imported" in accept_roll(client).text
        assert Pupil.objects.get().sex == "F"

    def test_what_has_become_a_fault_since_is_said_and_nothing_is_imported(
        self, signed_in, client, write
    ):
        upload_roll(client, roll_of(pupil_row(Former_UPNs=TWIN, Sex="M")))
        run("roll", "import", write(roll_of(pupil_row(), pupil_row(UPN=TWIN)), "r.csv"))
        page = accept_roll(client)
        assert "There are errors in your file" in page.text
        assert "line 2" in page.text
        assert not Pupil.objects.filter(sex="M").exists()
        assert not roll_desk.file_of(RollUpload.objects.get()).exists()

    def test_a_new_upn_is_shown_as_one_and_named_nowhere(self, signed_in, client, write):
        run("roll", "import", write(roll_of(pupil_row()), "r.csv"))
        page = upload_roll(client, roll_of(pupil_row(UPN=TWIN, Former_UPNs=UPN))).text
        assert "New UPN (we keep the old one for matching)." in page
        assert UPN not in page
        accept_roll(client)
        assert dict(Pupil.objects.get().upns.values_list("upn", "present")) == {
            UPN: False, TWIN: True,
        }  # fmt: skip

    def test_a_file_that_asks_nothing_has_no_question(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        upload = f"{ROLL_PAGE}{RollUpload.objects.get().pk}/"
        assert client.get(f"{upload}reading/").url == upload

    def test_a_roll_without_a_change_has_nothing_to_import(self, signed_in, client, write):
        run("roll", "import", write(roll_of(pupil_row()), "r.csv"))
        assert "There are no changes to import" in upload_roll(client, roll_of(pupil_row())).text

    def test_it_can_be_thrown_away(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        upload = RollUpload.objects.get()
        client.post(f"{ROLL_PAGE}{upload.pk}/delete/")
        upload.refresh_from_db()
        assert (upload.state, upload.result) == ("gone", {})
        assert client.get(f"{ROLL_PAGE}{upload.pk}/").status_code == 404
        assert not roll_desk.file_of(upload).exists()

    def test_after_a_day_the_file_and_its_names_are_gone(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        upload = RollUpload.objects.get()
        assert roll_desk.forget_old(at=days.now() + timedelta(hours=23)) == 0
        assert roll_desk.forget_old(at=days.now() + timedelta(hours=25)) == 1
        upload.refresh_from_db()
        assert upload.result == {}
        assert not roll_desk.file_of(upload).exists()

    def test_a_yes_too_late_does_nothing(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        with pytest.raises(NotNowError):
            roll_desk.confirm(
                RollUpload.objects.get(), by=signed_in, at=days.now() + timedelta(days=2)
            )

    def test_a_job_that_cannot_do_it_says_so(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        upload = RollUpload.objects.get()
        RollUpload.objects.update(state="importing")
        roll_desk.mark_failed(upload.pk)
        assert "we could not read your file" in client.get(f"{ROLL_PAGE}{upload.pk}/").text

    def test_while_it_runs_the_page_says_how_far(self, signed_in, client):
        page = client.post(
            ROLL_PAGE, {"file": SimpleUploadedFile("r.csv", roll_of(pupil_row()).encode()), "whole": "some"},
            follow=True,
        )  # fmt: skip
        assert "Checking your file" in page.text
        assert "0 rows read so far" in page.text

    def test_a_ctf_will_do(self, signed_in, client, write):
        from consent.models import School

        School.objects.create(urn="990001", name="Example High School", laestab="3594001")
        assert "Added: 1" in upload_roll(client, ctf(), name="3594001_CTF_359LLLL_001.xml").text

    def test_without_a_file_or_an_answer_it_says_what_is_missing(self, signed_in, client):
        page = client.post(ROLL_PAGE, {})
        assert page.status_code == 422
        assert "Select a file" in page.text
        assert "Select which pupils are in the file" in page.text

    def test_another_officers_upload_is_not_shown(self, signed_in, client, second_officer):
        upload_roll(client, roll_of(pupil_row()))
        client.force_login(second_officer)
        assert client.get(f"{ROLL_PAGE}{RollUpload.objects.get().pk}/").status_code == 404

    def test_schools_come_from_the_register(self, signed_in, client):
        from tests.ctf import gias, gias_row

        page = client.get(f"{ROLL_PAGE}schools/")
        assert "No schools yet" in page.text
        file = SimpleUploadedFile("g.csv", gias(gias_row()))
        page = client.post(f"{ROLL_PAGE}schools/", {"file": file, "authority": "359"})
        assert "Example High School (URN 990001) is new." in page.text
        assert "No schools yet" in page.text
        seen = page.text.split('name="seen" value="')[1].split('"')[0]
        answers = {"authority": "359", "seen": seen}
        # Another file than was looked at is looked at first.
        other = SimpleUploadedFile("g.csv", gias(gias_row(name="Other")))
        page = client.post(f"{ROLL_PAGE}schools/", {**answers, "file": other})
        assert "Other (URN 990001) is new." in page.text
        file = SimpleUploadedFile("g.csv", gias(gias_row()))
        page = client.post(f"{ROLL_PAGE}schools/", {**answers, "file": file}, follow=True)
        assert "1 read: 1 new" in page.text
        assert "3594001" in page.text
        file = SimpleUploadedFile("g.csv", b"a,b\r\n1,2\r\n")
        assert (
            client.post(f"{ROLL_PAGE}schools/", {"file": file, "authority": "359"}).status_code
            == 422
        )

    def test_of_several_sheets_with_schools_one_is_chosen(self, signed_in, client):
        from tests.ctf import gias, gias_row

        def send(**more):
            out = io.BytesIO()
            with xlsxwriter.Workbook(out) as book:
                for name in ("Old", "New"):
                    sheet = book.add_worksheet(name)
                    text = gias(gias_row(name=f"{name} School")).decode("cp1252")
                    for number, line in enumerate(csv.reader(text.splitlines())):
                        sheet.write_row(number, 0, line[:-1])
            file = SimpleUploadedFile("g.xlsx", out.getvalue())
            return client.post(f"{ROLL_PAGE}schools/", {"file": file, "authority": "359", **more})

        assert "Select a sheet, and the same file again" in send().text
        page = send(sheet="New").text
        assert "New School (URN 990001) is new." in page
        assert '<input type="hidden" name="sheet" value="New">' in page


class TestSchoolStaff:
    def test_they_import_their_own_schools_pupils(self, pupil, secretary, client):
        SchoolStaff.objects.create(user=secretary, school=pupil.school)
        client.force_login(secretary)
        assert "Example High School" in client.get(ROLL_PAGE).text
        upload_roll(client, roll_of(pupil_row(Sex="M")))
        accept_roll(client)
        assert Pupil.objects.get().sex == "M"

    def test_and_no_others(self, pupil, secretary, client):
        SchoolStaff.objects.create(user=secretary, school=pupil.school)
        client.force_login(secretary)
        page = upload_roll(client, roll_of(pupil_row(), pupil_row(UPN=TWIN, **OTHER_SCHOOL)))
        assert "this is not your school" in page.text
        assert Pupil.objects.count() == 1

    def test_without_a_school_they_import_nothing(self, policy, secretary, client):
        client.force_login(secretary)
        assert "not linked to a school" in upload_roll(client, roll_of(pupil_row())).text


class TestLeavers:
    def left(self, write):
        run("roll", "import", write(roll_of(pupil_row(), pupil_row(UPN=TWIN)), "r.csv"))
        done = run("roll", "import", write(roll_of(pupil_row(UPN=TWIN)), "r2.csv"), "--whole")
        assert "1 marked as having left" in done.out
        return Pupil.objects.exclude(left_on=None).get()

    def test_they_are_kept_and_their_decisions_count(self, policy, write):
        ella = self.left(write)
        DecisionFactory(pupil=ella)
        disclosure = DisclosureFactory(days=1)
        assert disclosure.rows_withheld == 1 or disclosure.rows_reduced == 1

    def test_they_get_no_letters(self, policy, write):
        ella = self.left(write)
        scheme = Scheme.objects.get(code="connexions")
        pupils = pupils_for(ella.school, scheme, LetterKind.CHOICE, [ella.year_group], DAY)
        assert ella.pk not in pupils
        assert len(pupils) == 1

    def test_they_can_come_back(self, policy, write):
        ella = self.left(write)
        done = run("roll", "import", write(roll_of(pupil_row()), "r3.csv"))
        assert "1 updated" in done.out
        ella.refresh_from_db()
        assert ella.left_on is None

    def test_their_page_says_so(self, policy, write, officer, client):
        ella = self.left(write)
        client.force_login(officer)
        page = client.get(f"/staff/pupils/{ella.reference}/").text
        assert "Left the school on 23 November 2026" in page
