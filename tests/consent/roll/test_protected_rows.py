"""What a file of pupils would do to a protected pupil is told to no officer, who could guess (P2)."""

import re

import pytest

from consent.models import Pupil, RollUpload, SchoolStaff
from tests.commands import run
from tests.ctf import ctf, import_ctf, leavers
from tests.example import DAY, TWIN
from tests.factories.consent import ProtectionFactory, PupilFactory, SchoolFactory
from tests.rolls import OTHER_SCHOOL, accept_roll, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db
UNTOLD = "details of a protected pupil. What changes is not shown."
HOME = {"Address": "1 Old Road", "Postcode": "WN1 1AA"}


@pytest.fixture
def hidden(pupil):
    Pupil.objects.filter(pk=pupil.pk).update(address="1 Old Road", postcode="WN1 1AA")
    SchoolFactory.create(urn="990002", name="Other School")
    ProtectionFactory.create(pupil=pupil)
    return pupil


def words_of(page):
    """Return what the page of an upload says, but for what differs between any two uploads."""
    text = " ".join(page.text.split())
    RollUpload.objects.all().delete()
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)


GUESSES = (
    pupil_row(**HOME),
    pupil_row(**{**HOME, "Address": "2 New Road"}),
    pupil_row(**HOME, Parent_name="Somebody Else"),
    pupil_row(**{**HOME, **OTHER_SCHOOL}),
    pupil_row(**HOME, Year_group="11"),
)


@pytest.mark.parametrize("whole", ["some", "all"])
def test_whatever_is_guessed_of_them_an_officers_preview_is_the_same(
    hidden, whole, officer, client
):
    client.force_login(officer)
    other = pupil_row(UPN=TWIN, Forename="Ada")
    said = {words_of(upload_roll(client, roll_of(row, other), whole)) for row in GUESSES}
    (page,) = said
    assert f"Ella Barlow: {UNTOLD}" in page
    for word in ("Old Road", "New Road", "Example High School to", "Other School"):
        assert word not in page
    assert "Import pupils" in page


def test_a_file_without_them_names_and_counts_them_among_no_leavers(hidden, officer, client):
    client.force_login(officer)
    PupilFactory.create(school=hidden.school, forename="Abe")
    other = pupil_row(UPN=TWIN, Forename="Ada")
    here = words_of(upload_roll(client, roll_of(other), "all"))
    assert "Leavers: 1" in here
    assert "Ella" not in here
    upload_roll(client, roll_of(other), "all")
    accept_roll(client)
    hidden.refresh_from_db()
    assert hidden.left_on == DAY


def test_the_school_of_the_pupil_still_sees_what_changes(hidden, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=hidden.school)
    client.force_login(secretary)
    row = pupil_row(**{**HOME, "Address": "2 New Road"})
    page = upload_roll(client, roll_of(row)).text
    assert "Address: changes (not shown" in page
    assert UNTOLD not in page


def test_what_is_not_told_is_imported(hidden, officer, client):
    client.force_login(officer)
    upload_roll(client, roll_of(pupil_row(**{**HOME, **OTHER_SCHOOL, "Address": "2 New Road"})))
    assert "Pupils imported" in accept_roll(client).text
    hidden = Pupil.objects.select_related("school").get(pk=Pupil.objects.get().pk)
    assert (hidden.school.urn, hidden.home.address) == ("990002", "2 New Road")


def test_nor_does_the_command_tell_it(hidden, write):
    said = {run("roll", "import", write(roll_of(row), "r.csv"), "--check").out for row in GUESSES}
    assert len(said) == 1
    assert "1 of protected pupils" in said.pop()


def test_a_new_number_tells_no_officer_that_they_may_be_the_same(hidden, officer, client):
    client.force_login(officer)
    rows = [pupil_row(UPN=TWIN, **HOME), pupil_row(UPN=TWIN, **{**HOME, **OTHER_SCHOOL})]
    pages = [words_of(upload_roll(client, roll_of(row))) for row in rows]
    assert not any("Possible duplicate" in page for page in pages)


@pytest.mark.parametrize("at", ["990001", "990002"])
def test_a_file_of_leavers_tells_of_them_the_same_at_every_school(write, at, policy):
    for urn, name, estab in (("990001", "A", "4001"), ("990002", "B", "4002")):
        SchoolFactory.create(urn=urn, name=name, laestab=f"359{estab}")
    import_ctf(write, ctf(to="4001" if at == "990001" else "4002"))
    ProtectionFactory.create(pupil=Pupil.objects.get())
    done = import_ctf(write, leavers())
    assert (done.left, done.unchanged, done.untold) == (0, 0, 1)
    assert (Pupil.objects.get().left_on is not None) is (at == "990001")
