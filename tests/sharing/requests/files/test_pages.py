"""Officers' pages of a file on a request: chosen, looked at, downloaded once (Q1, H)."""

import hashlib
import html
import io
import re
from pathlib import Path

import pytest
import pyzipper
from django.conf import settings

from privacy_portal.ground.ui.errors import NotOnThisServerError
from sharing.auditing.verifying import verify_log
from sharing.cover_sheets import making
from sharing.models import CoverSheet, Disclosure
from sharing.requests import deciding
from sharing.requests.files import delivering, handing_over, tickets
from tests import nowhere
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory, ProtectionFactory, PupilFactory
from tests.factories.control import failed_control
from tests.factories.ground import OfficerFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.forms import day_fields
from tests.log_entries import events
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def request_of(pupil, officer):
    def make(*, pupils=(pupil,), **known):
        known = {"items": ["pupil.surname", "pupil.sex", "pupil.phone"]} | known
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make


def answers(*pupils, **changes):
    return {
        "pupils": [str(pupil.reference) for pupil in pupils],
        "items": ["pupil.surname", "pupil.sex"],
        "means": "download",
        "keeping": "their-own",
        **changes,
    }


def address(request, more=""):
    return f"/staff/requests/{request.pk}/file/{more}"


def ticket_in(page):
    return html.unescape(re.search(r'name="ticket" value="([^"]+)"', page)[1])


def download(client, request, ticket):
    return client.post(address(request, "download/"), {"ticket": ticket})


def checked(client, request, *pupils, **changes):
    """Chooses what is in the file; returns the page that says what leaves."""
    page = client.post(address(request), answers(*pupils, **changes))
    assert page.status_code == 200, page.text
    return page.text


def files_left():
    return list((Path(settings.PRIVATE_DIR) / "permitted").glob("*"))


def test_an_officer_makes_a_file_and_the_log_has_it(desk, request_of, pupil):
    request = request_of()
    decided(request, by=OfficerFactory())
    page = desk.get(f"/staff/requests/{request.pk}/").text
    assert "Create a file" in page
    form = desk.get(address(request)).text
    assert "Phone: not in pupil records" in form
    assert "Ella Barlow: sex; surname" in form
    page = checked(desk, request, pupil, keeping="agreed", **day_fields("destroy_by", DAY))
    assert "All columns" in page
    assert "23 November 2026" in page
    assert not Disclosure.objects.exists()
    response = download(desk, request, ticket_in(page))
    assert response["Content-Type"] == "text/csv"
    content = content_of_response(response)
    assert content == b"Surname,Sex\r\nBarlow,F\r\n"
    disclosure = Disclosure.objects.get()
    name = f"request-{request.pk}-2026-11-23-{disclosure.entry}.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert (disclosure.destroy_by, disclosure.origin) == (DAY, "request")
    assert not files_left()
    page = desk.get(f"/staff/disclosures/{disclosure.entry}/").text
    assert "We shared information about 1 pupil with Example Police as a file" in page
    assert f"It was decided on request {request.pk}." in page
    page = desk.get(f"/staff/requests/{request.pk}/").text
    assert f"Shared by file on 23 November 2026, log entry {disclosure.entry}" in page
    assert "It is recorded" in page
    assert "Example Police" in content_of_response(desk.get("/staff/disclosures/log.csv")).decode()
    verify_log(lambda number: None)


def test_the_cover_sheet_says_what_the_recipient_has_to_know_and_no_pupil(desk, request_of, pupil):
    tom = PupilFactory(forename="Tom")
    DecisionFactory(pupil=pupil)
    request = request_of(
        pupils=(pupil, tom), recipient="connexions", power="section-47",
        power_words="About Ella Barlow", purpose_words="To find Ella Barlow.",
        their_reference="Ella",
    )  # fmt: skip
    decided(request, by=OfficerFactory())
    content = content_of_response(
        download(desk, request, ticket_in(checked(desk, request, pupil, tom)))
    )
    sheet = CoverSheet.objects.get()
    entry = sheet.disclosure.entry
    text = " ".join(desk.get(f"/staff/disclosures/{entry}/cover-sheet.txt").text.split())
    for words in (
        f"Cover sheet: request {request.pk}, log entry {entry}",
        "Shared with: Connexions",
        f"Your request: Our number {request.pk}, received on 23 November 2026",
        "Purpose: The purpose that you gave in your request",
        "Children Act 1989, section 47",
        "The council’s pupil records, as they were on 23 November 2026",
        "Rows in full: 1",
        "Rows in which some information is withheld: 1",
        "Delete by: When you no longer need it",
        hashlib.sha256(content).hexdigest(),
    ):
        assert words in text, words
    for words in ("Ella", "Barlow", UPN, "opt", "Privacy notice"):
        assert words not in text.replace("Options", ""), words
    assert b"%PDF" in b"".join(desk.get(f"/staff/disclosures/{entry}/cover-sheet.pdf"))
    page = desk.get(f"/staff/disclosures/{entry}/").text
    assert "For 1 of them some of it was withheld" in page
    assert "In some rows only: Surname" in page


def test_an_encrypted_file_opens_with_the_passphrase_of_the_page(desk, request_of, pupil):
    request = request_of()
    decided(request, by=OfficerFactory())
    page = checked(desk, request, pupil, means="zip")
    passphrase = re.search(r"\b(?:[A-Z2-9]{5}-){4}[A-Z2-9]{5}\b", page)[0]
    response = download(desk, request, ticket_in(page))
    assert response["Content-Disposition"].endswith('.zip"')
    with pyzipper.AESZipFile(io.BytesIO(content_of_response(response))) as archive:
        archive.setpassword(passphrase.encode())
        names = archive.namelist()
        assert archive.read(names[0]) == b"Surname,Sex\r\nBarlow,F\r\n"
    assert [name.split(".", 1)[1] for name in names] == ["csv", "csv.cover.txt", "csv.cover.pdf"]
    assert Disclosure.objects.get().means == "zip"
    assert passphrase not in checked(desk, request, pupil, means="zip")
    assert not files_left()


def test_a_ticket_is_good_once_for_one_officer_and_for_an_hour(
    desk, request_of, pupil, officer, second_officer, time_machine
):
    request, other = request_of(), request_of()
    decided(request, by=OfficerFactory())
    decided(other, by=OfficerFactory())
    ticket = ticket_in(checked(desk, request, pupil))
    for wrong in ("", "x", f"{ticket}x"):
        response = download(desk, request, wrong)
        assert response.url == address(request)
    assert download(desk, other, ticket).status_code == 302
    desk.force_login(second_officer)
    assert download(desk, request, ticket).status_code == 302
    assert not Disclosure.objects.exists()
    desk.force_login(officer)
    content_of_response(download(desk, request, ticket))
    again = desk.post(address(request, "download/"), {"ticket": ticket}, follow=True)
    assert "already been downloaded" in again.text
    late = ticket_in(checked(desk, request, pupil))
    time_machine.shift(3_601)
    desk.force_login(officer)
    page = desk.post(address(request, "download/"), {"ticket": late}, follow=True)
    assert "too long since you checked" in page.text
    assert Disclosure.objects.count() == 1


def test_what_changed_since_is_told_and_can_be_looked_at_again(desk, request_of, pupil):
    request = request_of(recipient="connexions")
    decided(request, by=OfficerFactory())
    ticket = ticket_in(checked(desk, request, pupil))
    DecisionFactory(pupil=pupil)
    page = desk.post(address(request, "download/"), {"ticket": ticket}, follow=True).text
    assert "What can be released has changed" in page
    assert "Ella Barlow: surname<" in re.sub(r"\s+<", "<", page)
    assert not Disclosure.objects.exists()
    assert "Only surname" in checked(desk, request, pupil)


def test_who_cannot_be_in_it_is_named_with_the_reason(desk, request_of, pupil):
    tom = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, tom))
    decided(request, by=OfficerFactory())
    ProtectionFactory(pupil=pupil)
    page = desk.get(address(request)).text
    assert "Ella Barlow: the pupil must not be found" in page
    assert f'value="{pupil.reference}"' not in page
    response = desk.post(address(request), answers(pupil))
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pupils": []}, "Select who the file is about"),
        ({"items": []}, "Select which information is in the file"),
        ({"items": ["pupil.phone"]}, "Select an answer from the list"),
        ({"means": "age"}, "Select an answer from the list"),
        ({"keeping": "agreed"}, "Enter the agreed date"),
        (
            {"keeping": "agreed", **day_fields("destroy_by", DAY.replace(day=22))},
            "must be the same as or after",
        ),
    ],
)
def test_a_wrong_answer_is_named(desk, request_of, pupil, changes, message):
    request = request_of()
    decided(request, by=OfficerFactory())
    response = desk.post(address(request), answers(pupil) | changes)
    assert response.status_code == 422
    assert message in response.text
    assert 'name="ticket"' not in response.text


def test_a_pupil_about_whom_nothing_selected_can_go_is_named(desk, request_of, pupil):
    DecisionFactory(pupil=pupil)
    request = request_of(recipient="connexions")
    decided(request, by=OfficerFactory())
    response = desk.post(address(request), answers(pupil, items=["pupil.sex"]))
    assert "Nothing that you selected can be shared about Ella Barlow" in response.text


def test_rows_that_say_of_nobody_whose_they_are_are_pointed_out(desk, request_of, pupil):
    tom = PupilFactory(forename="Tom")
    request = request_of(pupils=(pupil, tom))
    decided(request, by=OfficerFactory())
    sentence = "Nothing in this file says who a row is about"
    assert sentence in checked(desk, request, pupil, tom, items=["pupil.sex"])
    assert sentence not in checked(desk, request, pupil, items=["pupil.sex"])
    assert sentence not in checked(desk, request, pupil, tom)


def test_it_is_for_officers_and_for_decisions_to_share(desk, request_of, pupil, secretary):
    undecided, refused = request_of(), request_of()
    decided(refused, by=OfficerFactory(), share=False)
    for request in (undecided, refused):
        page = desk.get(address(request), follow=True).text
        assert "no decision to share applies" in page
        assert "Create a file" not in page
    elsewhere = request_of(items=["pupil.phone"])
    decided(elsewhere, by=OfficerFactory())
    page = desk.get(address(elsewhere), follow=True).text
    assert "there can be no file" in page
    assert "Create a file" not in page
    desk.force_login(secretary)
    assert desk.get(address(refused)).status_code == 403
    assert download(desk, refused, "x").status_code == 403


def test_while_hand_overs_are_stopped_there_is_no_form(desk, request_of, pupil):
    request = request_of()
    decided(request, by=OfficerFactory())
    ticket = ticket_in(checked(desk, request, pupil))
    failed_control()
    assert "No file can leave at the moment" in desk.get(address(request), follow=True).text
    page = desk.post(address(request, "download/"), {"ticket": ticket}, follow=True).text
    assert "No file can leave at the moment" in page
    assert not Disclosure.objects.exists()


def test_a_connection_lost_before_the_first_byte_is_undone(desk, request_of, pupil, officer):
    request = request_of()
    decided(request, by=OfficerFactory())
    ticket = tickets.opened(ticket_in(checked(desk, request, pupil)), request=request, user=officer)
    done = handing_over.hand_over(request, ticket, by=officer, clock=lambda: NOON)
    stream = delivering.parcel(done, "", clock=lambda: NOON)
    next(iter(stream))
    stream.close()
    stream.close()
    assert events()[-1] == "hand-over-undone"
    assert Disclosure.objects.get().undone.why.startswith("The connection was lost")
    assert not files_left()
    page = desk.get(f"/staff/requests/{request.pk}/").text
    assert "File not sent on 23 November 2026" in page
    assert "It is recorded" not in page
    verify_log(lambda number: None)


@pytest.mark.parametrize("step", ["make", "fingerprint", "encrypted", "RequestFile"])
def test_a_file_that_cannot_be_made_is_undone(desk, request_of, pupil, monkeypatch, step):
    def fails(*arguments, **more):
        raise OSError("no room")

    request = request_of()
    decided(request, by=OfficerFactory())
    ticket = ticket_in(checked(desk, request, pupil))
    monkeypatch.setattr(delivering, step, fails)
    page = desk.post(address(request, "download/"), {"ticket": ticket}, follow=True).text
    assert "so nothing was released" in page
    assert "hand-over-undone" in events()
    assert not files_left()
    verify_log(lambda number: None)


def test_a_server_without_pdf_refuses_before_anything_is_handed_over(
    desk, request_of, pupil, monkeypatch
):
    def missing():
        raise NotOnThisServerError("Pango is not installed on this server.")

    request = request_of()
    decided(request, by=OfficerFactory())
    ticket = ticket_in(checked(desk, request, pupil))
    monkeypatch.setattr(making, "check_available", missing)
    page = desk.post(address(request, "download/"), {"ticket": ticket}, follow=True).text
    assert "This server cannot make the cover sheet" in page
    assert not Disclosure.objects.exists()


def test_the_family_sees_the_file_and_not_what_was_shared_in_words(desk, request_of, pupil):
    request = request_of()
    decided(request, by=OfficerFactory(), words="Notes of a meeting")
    assert "Notes of a meeting" in desk.get(address(request)).text
    content_of_response(download(desk, request, ticket_in(checked(desk, request, pupil))))
    page = desk.get(f"/staff/pupils/{pupil.reference}/disclosures/").text
    for words in ("Example Police", "Surname", "File sent by a council officer"):
        assert words in page
    assert "Notes of a meeting" not in page


def test_no_page_tells_where_a_protected_pupil_is(desk, request_of, officer, second_officer):
    """Every response of the test is looked at; the address itself is in the ZIP file alone."""
    with nowhere.not_protected_yet():
        pupil = PupilFactory(address=nowhere.ADDRESS, postcode=nowhere.POSTCODE)
        ProtectionFactory(pupil=pupil)
    request = request_of(pupils=(pupil,), items=["pupil.surname", "pupil.address"])
    decided(request, by=officer, choice="share.whole")
    deciding.answer(request, agrees=True, note="", number=1, by=second_officer, at=NOON)
    desk.get(address(request))
    page = checked(desk, request, pupil, items=["pupil.address"], means="zip")
    passphrase = re.search(r"\b(?:[A-Z2-9]{5}-){4}[A-Z2-9]{5}\b", page)[0]
    content = content_of_response(download(desk, request, ticket_in(page)))
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(passphrase.encode())
        members = [archive.read(name).decode("latin-1") for name in archive.namelist()]
    assert nowhere.ADDRESS in members[0]
    assert not any("Quillmarsh" in member for member in members[1:])
    entry = Disclosure.objects.get().entry
    for where in (f"/staff/disclosures/{entry}/", f"/staff/requests/{request.pk}/"):
        assert desk.get(where).status_code == 200
