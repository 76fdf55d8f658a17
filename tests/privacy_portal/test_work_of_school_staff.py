"""School staff do their work while the database shows them only their own schools, on connections of
the role that docs/operations.md gives the application."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from consent.models import Decision, LetterRun, OptOutRequest, Pupil, RollUpload, WaitingMove
from sharing.models import Recall
from tests import mails
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import SchoolFactory, upn_of
from tests.factories.ground import OfficerFactory, SchoolStaffFactory
from tests.factories.sharing import DisclosureFactory
from tests.forms import PAPERS, confirm_link, fill_in, paper
from tests.roles import documented_role
from tests.rolls import OTHER_SCHOOL, pupil_row, roll_of, upload_roll

LETTERS = "/staff/letters/990001/connexions/"
MOVES = "/staff/roll/moves/"


@pytest.fixture
def schools(committed, write):
    """Two schools with a pupil each, and somebody at each of them, as the documented role."""
    other = pupil_row(UPN=upn_of(9), Surname="Other", Forename="Otto", **OTHER_SCHOOL)
    run(
        "roll",
        "import",
        write(roll_of(pupil_row(Address="1 High Street", Postcode="AB1 2CD"), other)),
    )
    ours = SchoolStaffFactory(email="ours@example.org", school=SchoolFactory())
    theirs = SchoolStaffFactory(email="theirs@example.org", school=SchoolFactory(urn="990002"))
    with documented_role(committed):
        yield ours, theirs


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ours(schools):
    return signed_in(schools[0])


@pytest.fixture
def theirs(schools):
    return signed_in(schools[1])


@pytest.fixture
def ella(schools):
    return Pupil.objects.get(upns__upn=UPN)


def test_a_paper_is_recorded_and_what_left_meanwhile_is_called_back(ours, theirs, ella):
    DisclosureFactory(by=OfficerFactory(), days=-1)
    page = ours.post(PAPERS, paper(ella, person_name="Ben Barlow"), follow=True)
    assert page.redirect_chain
    assert Decision.objects.get().pupil == ella
    assert Recall.objects.count() == 1
    page = ours.get(f"/staff/pupils/{ella.reference}/")
    assert "Ben Barlow" in page.text
    assert theirs.get(f"/staff/pupils/{ella.reference}/").status_code == 404
    assert "1 choice" in ours.get("/staff/").text


def test_a_form_that_fits_nobody_is_matched(ours, theirs, ella):
    assert fill_in(Client(), name={"forename": "Elle", "surname": "Barlo"}).status_code == 200
    Client().post(confirm_link())
    mails.run_jobs()
    sent = OptOutRequest.objects.get()
    assert "Ella" in ours.get(f"/staff/opt-outs/{sent.reference}/").text
    assert theirs.get(f"/staff/opt-outs/{sent.reference}/").status_code == 404
    ours.post(f"/staff/opt-outs/{sent.reference}/pupil/", {"pupil": ella.reference})
    assert Decision.objects.get(request=sent).pupil == ella


def test_letters_are_printed(ours, ella):
    ours.post(LETTERS, {"years": ["9"], "kind": "choice", "language": ""})
    mails.run_jobs()
    letters = LetterRun.objects.get()
    assert ours.get(reverse("staff-letters-pdf", args=[letters.pk])).content.startswith(b"%PDF")
    assert letters.codes.get().pupil == ella


def test_a_roll_brings_new_pupils_and_asks_for_those_of_another_school(ours, theirs, ella):
    moved, new = pupil_row(**OTHER_SCHOOL), pupil_row(UPN=TWIN, Forename="Nia", **OTHER_SCHOOL)
    page = upload_roll(theirs, roll_of(moved, new))
    assert "Check the" in page.text
    upload = RollUpload.objects.get()
    assert ours.get(f"/staff/roll/{upload.pk}/").status_code == 404
    theirs.post(f"/staff/roll/{upload.pk}/import/")
    mails.run_jobs()
    assert Pupil.objects.get(upns__upn=TWIN).school.urn == "990002"
    move = WaitingMove.objects.get()
    assert "Ella Barlow" in theirs.get(MOVES).text
    assert "Ella Barlow" in ours.get(f"{MOVES}{move.pk}/").text
    ours.post(f"{MOVES}{move.pk}/", {"answer": "yes"})
    ella.refresh_from_db()
    assert ella.school.urn == "990002"
    assert ella.moves.get().from_school.urn == "990001"
    assert theirs.get(f"/staff/pupils/{ella.reference}/").status_code == 200
    assert ours.get(f"/staff/pupils/{ella.reference}/").status_code == 404


def test_a_pupil_is_protected_with_a_record_at_another_school_that_may_be_theirs(
    ours, ella, schools
):
    """What triggers keep true they see at every school, whoever works."""
    twin = Pupil.objects.get(surname="Other")
    ella.same_child_questions.create(other=twin, at=NOON)
    page = ours.post(
        f"/staff/pupils/{ella.reference}/protection/new/", {"reason": "other"}, follow=True
    )
    assert page.status_code == 200
    ella.refresh_from_db(fields=["protected"])
    twin.refresh_from_db(fields=["protected"])
    assert (ella.protected, twin.protected) == (True, True)


def test_every_page_opens(ours):
    for page in (
        "/staff/", "/staff/pupils/?q=barlow", "/staff/opt-outs/", "/staff/opt-outs/?all=1",
        reverse("staff-roll"), MOVES, "/staff/letters/", "/staff/schools/", reverse("staff-same-children"),
    ):  # fmt: skip
        assert ours.get(page).status_code == 200, page
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user <> 'portal_restricted'")
        assert cursor.fetchone() == (True,)
