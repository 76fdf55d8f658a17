"""P2: a protected pupil's whereabouts stand on no page, for no role, in no command's output or file."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from consent.models import (
    LetterRun,
    OptOutRequest,
    WaitingMove,
)
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.log.models import Entry
from tests import nowhere
from tests.commands import run
from tests.example import UPN
from tests.factories.consent import (
    PupilFactory,
    RequestFactory,
)
from tests.mails import sent
from tests.places import DATA
from tests.protected_pupil import ROLL, SCHOOL, URN
from tests.rolls import roll_of, upload_roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(protected_world):
    return protected_world


ROLES = ("officer", "second", "third", "secretary", "stranger", None)


@pytest.mark.parametrize("role", ROLES)
def test_no_address_tells_anybody_where_a_protected_pupil_is(world, role):
    """The middleware of all tests looks at each response; this opens every page there is."""
    client = Client()
    if role is not None:
        client.force_login(getattr(world, role))
    statuses = {}
    for path in world.addresses():
        response = client.get(path)
        if response.streaming:
            b"".join(response.streaming_content)
        statuses[path] = response.status_code
    assert all(status < 500 for status in statuses.values()), statuses
    if role == "officer":
        of = str(world.pupil.reference)
        assert [path for path, status in statuses.items() if of in path and status == 404] == []


def test_nor_do_pages_about_the_pupil_tell_an_officer_the_school(world):
    """A school's own pages name it; pages about the pupil do not."""
    client = Client()
    client.force_login(world.second)
    of = str(world.pupil.reference)
    number = str(world.request.reference)
    pages = [
        path
        for path in world.addresses()
        if of in path or number in path or "q=" in path or f"{world.checked.pk}" in path
    ]
    assert len(pages) > 12
    # Forms with which an opt-out is passed on list every school.
    forms = ("/pass/", "paper/", "/staff/disclosures/")
    for path in pages:
        text = client.get(path).text if "pdf" not in path else ""
        if not any(form in path for form in forms):
            assert SCHOOL not in text, path


def test_the_list_of_opt_outs_does_not_tell_an_officer_the_school_either(world):
    """That a form was matched says that its school is the pupil's."""
    client = Client()
    client.force_login(world.second)
    page = client.get("/staff/opt-outs/?all=1").text
    assert world.request.reference in page
    assert SCHOOL not in page
    client.force_login(world.secretary)
    assert SCHOOL in client.get("/staff/opt-outs/?all=1").text


def test_an_officer_with_the_role_sees_it_after_saying_why_and_the_head_is_told(world):
    head = world.second
    User.objects.filter(pk=head.pk).update(
        roles=[Role.OFFICER, Role.PROTECTED_RECORDS_OFFICER], heads_protected_records=True
    )
    client = Client()
    client.force_login(world.officer)
    path = reverse("staff-protected-details", args=[world.pupil.reference])
    assert nowhere.ADDRESS not in client.get(path).text
    assert "Enter why" in client.post(path, {"reason": ""}).text
    page = client.post(path, {"reason": "A social worker rang"}).text
    for value in (nowhere.ADDRESS, nowhere.POSTCODE, nowhere.PARENT, nowhere.CONTACT, SCHOOL):
        assert value in page
    assert [mail.to for mail in sent() if "opened" in mail.subject] == [[head.email]]
    body = json.loads(bytes(Entry.objects.order_by("seq").last().body))
    assert body["event"] == "protected-details-opened"
    assert body["person"] == str(world.pupil.reference)


@pytest.mark.parametrize("role", ["second", "secretary", "stranger"])
def test_nobody_without_the_role_sees_it(world, role):
    client = Client()
    client.force_login(getattr(world, role))
    path = reverse("staff-protected-details", args=[world.pupil.reference])
    assert client.post(path, {"reason": "Curious"}).status_code == 403


def test_no_entry_of_the_log_has_it(world):
    entries = Entry.objects.order_by("seq").values_list("body", flat=True)
    bodies = b"".join(map(bytes, entries)).decode()
    nowhere.assert_nowhere(bodies, "the log")
    since = bodies[bodies.index("pupil-protected") :]
    # Salts, hashes and fractions of seconds may have its digits by chance.
    assert not re.search(rf"(?<![.0-9a-f]){URN}(?![0-9a-f])", since)


def test_no_command_prints_it(world, write):
    roll = roll_of(
        f"{UPN},Barlow,Ella,{world.pupil.born},{URN},{SCHOOL},1 New Road,WN1 1AA,Somebody,,yes\r\n",
        headings=ROLL,
    )
    extract = write(f"UPN,Surname,Address\r\n{UPN},Barlow,{nowhere.POSTCODE}\r\n", "x.csv")
    ran = [
        run("roll", "import", write(roll, "r.csv"), "--check"),
        run("roll", "import", write(roll, "r.csv"), "--check", "--json"),
        run(
            "disclosure",
            "check",
            extract,
            "--agreement",
            "WIG-CNX",
            "--purpose",
            "careers-guidance",
        ),
        run("log", "verify"),
        run("policy", "export"),
    ]
    for done in ran:
        nowhere.assert_nowhere(f"{done.out} {done.said}", "a command")
        assert done.code in (0, 3)


def test_a_roll_that_moves_a_protected_pupil_previews_neither_address(world):
    client = Client()
    client.force_login(world.officer)
    row = f"{UPN},Barlow,Ella,{world.pupil.born},990002,Other School,1 New Road,WN1 1AA,Somebody,,yes\r\n"
    page = upload_roll(client, roll_of(row, headings=ROLL))
    assert "1 New Road" not in page.text
    assert SCHOOL not in page.text


def test_no_letter_and_no_mail_goes_to_anybody_about_them(world):
    client = Client()
    client.force_login(world.secretary)
    page = client.get(reverse("staff-letters-one", args=[world.pupil.reference]), follow=True)
    assert "No letters are sent about this pupil." in page.text
    classmate = PupilFactory.create(school=world.school, forename="Ada")
    client.post(
        reverse("staff-letters-new", args=[URN, "connexions"]), {"kind": "choice", "years": ["9"]}
    )
    assert LetterRun.objects.exclude(pk=world.run.pk).get().pupils == [classmate.pk]
    assert sent() is not None
    taken = client.get(reverse("staff-letters-pdf", args=[world.run.pk]), follow=True)
    assert "record has changed" in taken.text


def test_a_request_that_fits_goes_to_officers(world):
    form = {"school": world.school, "born": world.pupil.born}
    request = RequestFactory.create(**form, person_name="Somebody", email="who@example.org")
    assert not request.decisions.exists()
    waiting = OptOutRequest.objects.with_state().get(pk=request.pk)
    assert waiting.school_now == 0
    secretary, officer = Client(), Client()
    secretary.force_login(world.secretary)
    officer.force_login(world.second)
    path = reverse("staff-opt-out", args=[request.reference])
    assert secretary.get(path).status_code == 404
    assert "Same school" not in officer.get(path).text


def test_the_other_schools_claim_is_seen_by_those_who_keep_protected_records_alone(world):
    move = WaitingMove.objects.get()
    for role, status in (("secretary", 404), ("second", 404), ("officer", 200)):
        client = Client()
        client.force_login(getattr(world, role))
        page = client.get(reverse("staff-move", args=[move.pk]))
        assert page.status_code == status, role
        moves = client.get("/staff/roll/moves/").text
        assert ("See the schools" in moves) is (role == "officer")
        for text in (page.text, moves):
            assert SCHOOL not in text
            assert "Other School" not in text


def test_the_schools_of_a_waiting_move_are_seen_by_who_says_why(world):
    client = Client()
    client.force_login(world.officer)
    path = reverse("staff-protected-details", args=[world.pupil.reference])
    assert path in client.get("/staff/roll/moves/").text
    assert path in client.get(reverse("staff-move", args=[WaitingMove.objects.get().pk])).text
    assert "Other School" not in client.get(path).text
    page = client.post(path, {"reason": "To answer the move"}).text
    assert SCHOOL in page
    assert "Other School" in page


@pytest.mark.parametrize("role", ["officer", "second", "third"])
def test_no_number_of_a_school_and_no_mail_tells_an_officer_the_school(world, role):
    client = Client()
    client.force_login(getattr(world, role))
    for path in ("/staff/opt-outs/schools/", "/staff/roll/moves/", "/staff/"):
        assert SCHOOL not in client.get(path).text, path
    own = {world.secretary.email}
    assert not [mail for mail in sent() if SCHOOL in mail.body and not own.issuperset(mail.to)]


def test_the_policy_of_the_tests_marks_what_tells_where_somebody_is():
    items = json.loads((DATA / "policy.json").read_text())["items"]
    marked = {item["code"] for item in items if item.get("locating")}
    assert marked >= {"pupil.address", "pupil.postcode", "pupil.school", "parent.name"}


def test_a_move_whose_file_alone_says_protected_is_opened_with_a_reason_too(world):
    """The other school protects a child whom nobody here does yet."""
    child = PupilFactory.create(school=world.school, forename="Ada")
    WaitingMove.objects.update(pupil=child, row=WaitingMove.objects.get().row | {"protected": True})
    client = Client()
    client.force_login(world.officer)
    path = reverse("staff-protected-details", args=[child.reference])
    moves = client.get("/staff/roll/moves/").text
    assert path in moves
    assert SCHOOL not in moves
    assert "Other School" in client.post(path, {"reason": "To answer the move"}).text
