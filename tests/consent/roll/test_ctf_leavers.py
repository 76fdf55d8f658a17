"""A CTF that goes to no known school is of pupils who have left."""

import json

import pytest

from consent.models import Pupil, RollContact, School, SchoolStaff
from privacy_portal.ground.log.models import Entry
from tests.commands import run
from tests.ctf import CTF_PUPIL, ctf, faults_of, import_ctf, leavers
from tests.example import DAY, UPN
from tests.places import DATA
from tests.rolls import accept_roll, pupil_row, roll_of, upload_roll

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("schools")]
MAX = "J359400128006"


@pytest.mark.parametrize(
    ("lea", "to"),
    [("XXX", "XXXX"), ("MMM", "MMMM"), ("xxx", "xxxx"), ("359", "XXXX"), ("", "MMMMMMM")],
)
def test_whom_the_file_names_has_left_the_school_it_comes_from(write, lea, to):
    import_ctf(write, ctf())
    done = import_ctf(write, leavers(to, lea))
    assert (done.left, done.updated, done.added, done.moved) == (1, 0, 0, 0)
    pupil = Pupil.objects.get()
    assert (pupil.left_on, pupil.school.urn) == (DAY, "990001")
    assert json.loads(bytes(Entry.objects.latest("seq").body))["leavers"] is True


def test_who_has_gone_on_to_another_school_is_not_moved_back(write):
    import_ctf(write, ctf(to="4002"))
    done = import_ctf(write, leavers())
    assert (done.left, done.moved, done.unchanged) == (0, 0, 1)
    pupil = Pupil.objects.get()
    assert (pupil.left_on, pupil.school.urn) == (None, "990002")


def test_the_file_of_a_school_system_moves_nobody_back(write):
    row = f"{MAX},Moved,Max,2011-03-04,990002,Other High School\r\n"
    headings = "UPN,Surname,Forename,DOB,School URN,School"
    run("roll", "import", write(f"{headings}\r\n{row}", "r.csv"))
    done = run("roll", "import", DATA / "awkward" / "ctf-leaver.xml")
    assert done.code == 0
    assert "its pupils have left" in done.out
    assert "0 marked as having left" in done.out
    assert Pupil.objects.get().school.urn == "990002"


def test_an_unknown_pupil_is_not_added(write):
    done = import_ctf(write, leavers())
    assert (done.added, done.left, done.unchanged) == (0, 0, 1)
    assert not Pupil.objects.exists()


def test_nothing_but_the_day_changes_and_a_whole_roll_is_not_meant(write):
    import_ctf(write, ctf())
    run("roll", "import", write(roll_of(pupil_row(UPN="H359400010001", Forename="Ann")), "r.csv"))
    changed = CTF_PUPIL.replace("Mill Lane", "Other Street").replace("Ali", "Aliya")
    done = import_ctf(write, leavers(pupils=changed), whole=True)
    assert done.left == 1
    ella = Pupil.objects.get(upns__upn=UPN)
    assert ella.address == "12, Mill Lane, Wigan"
    assert RollContact.objects.filter(name="Ali Khan").exists()
    assert Pupil.objects.get(upns__upn="H359400010001").left_on is None


def test_twice_changes_nothing(write):
    import_ctf(write, ctf())
    import_ctf(write, leavers())
    before = Entry.objects.count()
    done = import_ctf(write, leavers())
    assert (done.left, done.unchanged) == (0, 1)
    assert Entry.objects.count() == before


def test_a_former_number_finds_them_too(write):
    import_ctf(write, ctf())
    text = leavers(
        pupils=CTF_PUPIL.replace(UPN, "B801200005001").replace(
            "<FormerUPN>B801200005001</FormerUPN>", ""
        )
    )
    assert import_ctf(write, text).left == 1


def test_a_row_that_may_be_of_another_child_is_a_fault(write):
    import_ctf(write, ctf())
    other = CTF_PUPIL.replace("Ella", "Zed").replace("2012-05-05", "2013-01-01")
    (fault,) = faults_of(write, leavers(pupils=other))
    assert "the first name and date of birth are different" in fault
    assert Pupil.objects.get().left_on is None


def test_only_checked_it_stores_nothing(write):
    import_ctf(write, ctf())
    assert import_ctf(write, leavers(), check_only=True).left == 1
    assert Pupil.objects.get().left_on is None


def test_the_page_shows_them_as_left_before_anything_is_stored(write, officer, client):
    import_ctf(write, ctf())
    client.force_login(officer)
    page = " ".join(upload_roll(client, leavers(), name="3594001_CTF_XXXXXXX_001.xml").text.split())
    assert "so its pupils have left" in page
    assert "Leavers: 1" in page
    assert "Ella Barlow, Example High School" in page
    assert Pupil.objects.get().left_on is None
    accept_roll(client)
    assert Pupil.objects.get().left_on == DAY


def test_a_school_sends_away_its_own_pupils_only(write, secretary, client):
    import_ctf(write, ctf(to="4002"))
    SchoolStaff.objects.create(user=secretary, school=School.objects.get(urn="990002"))
    client.force_login(secretary)
    assert "this is not your school" in upload_roll(client, leavers(), name="x.xml").text
    assert Pupil.objects.get().left_on is None


def test_back_on_a_roll_they_have_not_left(write):
    import_ctf(write, ctf())
    import_ctf(write, leavers())
    import_ctf(write, ctf())
    assert Pupil.objects.get().left_on is None
