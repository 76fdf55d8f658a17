"""The desk as officers use it: headings by hand, workbooks, returns, deliveries, review."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
import pyzipper
import xlsxwriter
from django.conf import settings as portal
from django.test import Client
from python_calamine import load_workbook

from consent.matching import matching
from consent.models import OptOutRequest, Pupil
from privacy_portal.ground import counted_stream as leaving, days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing.agreements import signing
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementVersion, Disclosure, HeadingAssignment, Release, Undone
from sharing.releases import checking, delivering, desk, handing_over
from tests.commands import run
from tests.example import DAY, NOON, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.sharing import ReadyReleaseFactory, ReleaseFactory, handed_over
from tests.forms import day_fields, send_opt_out
from tests.log_entries import events
from tests.mails import run_jobs
from tests.releases import check_extract, content_of_response, send_by, upload_extract

pytestmark = pytest.mark.django_db

ROWS = f"UPN,Surname,Ethnic grp\r\n{UPN},Barlow,A\r\n"

KNOWN = {"agreement": "WIG-CNX", "purpose": "careers-guidance", "reference": "", "at": NOON}


@pytest.fixture
def officers_desk(pupil, client, officer):
    client.force_login(officer)
    return client


def new(client, content, **more):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post(
        "/staff/releases/new/",
        {
            "agreement": "WIG-CNX",
            "purpose": "careers-guidance",
            "file": SimpleUploadedFile("x.csv", content.encode()),
            **more,
        },
    ).url


def test_unknown_headings_are_asked_about_remembered_and_shown(officers_desk, second_officer):
    url = new(officers_desk, ROWS)
    page = officers_desk.get(url, follow=True).text
    assert "Match column headings" in page
    assert "Ethnic grp" in page
    officers_desk.post(f"{url}headings/", {"heading_0": "pupil.ethnicity"})
    run_jobs()
    page = officers_desk.get(url).text
    assert "Matched by an officer" in page
    release = Release.objects.get()
    assert release.assigned == {"Ethnic grp": "pupil.ethnicity"}
    assert release.decision["needs_approval"]
    assert release.decision["columns"][2]["item"] == "pupil.ethnicity"
    assert "headings-assigned" in events()
    officers_desk.force_login(second_officer)
    assert "Matched by an officer" in officers_desk.get(url).text


def test_opt_outs_that_have_no_pupil_yet_are_warned_of_and_ticked(
    officers_desk, client, officer, second_officer, write, policy
):
    """A misspelt name: until somebody matches it, the row goes whole."""
    send_opt_out(Client(), name={"forename": "Ella", "surname": "Barlou"})
    send_opt_out(Client(), "height-weight", name={"forename": "Ella", "surname": "Barlou"})
    content = f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n"
    url = new(officers_desk, content)
    run_jobs()
    page = " ".join(officers_desk.get(url, follow=True).text.split())
    assert "1 online opt-out is not matched to a pupil yet" in page
    assert "1 row of this file is about someone" in page
    assert 'href="/staff/opt-outs/"' in page
    document = officers_desk.get(f"{url}decision.json").json()
    assert document["warnings"][0].endswith("1 row is about a pupil like one on the forms.")
    assert "alike" not in document
    refused = officers_desk.post(f"{url}release/", follow=True).text
    assert "Select that you have checked the opt-outs that are not matched yet" in refused
    assert Release.objects.get().state == Release.State.CHECKED
    officers_desk.post(f"{url}release/", {"unmatched_seen": "yes"})
    assert Release.objects.get().state == Release.State.RELEASED
    entry = json.loads(bytes(Entry.objects.order_by("seq").last().body))
    assert (entry["event"], entry["unmatched"]) == ("release-released", 1)
    ran = run(
        "disclosure", "check", write(content), "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance",
    )  # fmt: skip
    assert "Warning: 1 online opt-out is not matched to a pupil yet." in ran.out
    # Once it has its pupil, nobody is warned any more.
    request = OptOutRequest.objects.get(scheme__code="connexions")
    matching.choose(request.reference, Pupil.objects.get(), by=officer, at=days.now())
    url = new(officers_desk, content)
    run_jobs()
    page = officers_desk.get(url).text
    assert "not matched to a pupil yet" not in page


def test_what_was_chosen_is_proposed_next_time_but_needs_a_press(officers_desk, officer):
    first = new(officers_desk, ROWS)
    officers_desk.post(f"{first}headings/", {"heading_0": "pupil.ethnicity"})
    second = new(officers_desk, ROWS)
    page = officers_desk.get(f"{second}headings/").text
    assert 'value="pupil.ethnicity" selected' in page
    assert Release.objects.get(pk=second.split("/")[3]).state == Release.State.MATCHING
    officers_desk.post(f"{second}headings/", {"heading_0": ""})
    assert not HeadingAssignment.objects.exists()
    assert Release.objects.get(pk=second.split("/")[3]).assigned == {}


def test_a_heading_that_an_item_has_is_never_another(pupil, officer, write):
    release = check_extract(
        write(f"UPN,Surname\r\n{UPN},Barlow\r\n"), chosen={"Surname": "pupil.sex"},
        name="x.csv", by=officer, **KNOWN,
    )  # fmt: skip
    assert release.decision["columns"][1]["item"] == "pupil.surname"


def test_headings_are_matched_once(officers_desk):
    url = new(officers_desk, ROWS)
    officers_desk.post(f"{url}headings/", {"heading_0": "pupil.ethnicity"})
    for late in (
        officers_desk.get(f"{url}headings/"),
        officers_desk.post(f"{url}headings/", {"heading_0": ""}),
    ):
        assert (late.status_code, late.url) == (302, url)
    assert Release.objects.get().assigned == {"Ethnic grp": "pupil.ethnicity"}
    assert events().count("headings-assigned") == 1


def test_headings_that_are_all_unknown_are_asked_about(officers_desk):
    """They are no data: neither numbers nor days nor UPNs."""
    url = new(officers_desk, f"Number,Family\r\n{UPN},Barlow\r\n")
    page = officers_desk.get(url, follow=True).text
    assert "Number" in page
    assert "Family" in page
    assert Release.objects.get().state == Release.State.MATCHING


def test_of_a_file_that_was_deleted_unchecked_there_is_no_decision(officers_desk):
    url = new(officers_desk, ROWS)
    officers_desk.post(f"{url}delete/")
    page = officers_desk.get(url)
    assert page.status_code == 200
    assert "but it was not checked" in page.text
    assert officers_desk.get(f"{url}decision.json").status_code == 404


def test_only_who_uploaded_says_what_stands_under_a_heading(officers_desk, second_officer):
    url = new(officers_desk, ROWS)
    officers_desk.force_login(second_officer)
    assert "is matching the column headings" in officers_desk.get(f"{url}headings/").text
    officers_desk.post(f"{url}headings/", {"heading_0": "pupil.ethnicity"})
    assert Release.objects.get().state == Release.State.MATCHING


def test_the_page_of_a_running_check_asks_for_itself_again_without_script(officers_desk):
    url = new(officers_desk, f"UPN,Surname\r\n{UPN},Barlow\r\n")
    response = officers_desk.get(url)
    assert response["Refresh"] == "2"
    assert "<progress" in response.text
    assert "of about 1 row checked" in response.text
    run_jobs()
    assert "Refresh" not in officers_desk.get(url)
    assert not list((Path(portal.PRIVATE_DIR) / "extracts").glob("*.rows"))


def test_an_error_in_the_check_is_logged_as_a_refusal_and_told(officers_desk, monkeypatch):
    url = new(officers_desk, f"UPN,Surname\r\n{UPN},Barlow\r\n")

    def broken(*args, **kwargs):
        raise OSError("disk")

    monkeypatch.setattr(checking, "load", broken)
    monkeypatch.setattr("sharing.tasks.CHECK_RETRY.max_attempts", 0, raising=False)
    release = Release.objects.get()
    with pytest.raises(OSError, match="disk"):
        checking.check(release.pk, at=NOON)
    checking.check_failed(release.pk, OSError("disk"), at=NOON)
    assert "could not check your extract" in officers_desk.get(url).text
    assert events()[-1] == "refusal"
    assert not desk.extract_file(release.pk).exists()
    refusals = events().count("refusal")
    deleted = ReleaseFactory(checked=False, by=release.requested_by)
    officers_desk.post(f"/staff/releases/{deleted.pk}/delete/")
    checking.check_failed(deleted.pk, OSError("disk"), at=NOON)
    deleted.refresh_from_db()
    assert deleted.state == Release.State.DELETED
    assert events().count("refusal") == refusals


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "extract.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["UPN", "Surname", "Forename", "Telephone"])
    sheet.write_row(1, 0, [UPN, "Barlow", "", "01942 1"])
    sheet.write_formula(1, 2, "=1+1", None, 2)
    book.close()
    return path


def test_a_workbook_comes_in_and_a_workbook_goes_out(officers_desk, officer, workbook):
    release = check_extract(workbook, name="extract.xlsx", by=officer, **KNOWN)
    assert release.source == "xlsx"
    desk.release(release.pk, by=officer, at=NOON)
    url = f"/staff/releases/{release.pk}/"
    response = officers_desk.post(f"{url}download/")
    assert response["Content-Disposition"].endswith('.xlsx"')
    left = content_of_response(response)
    sheet = load_workbook(io.BytesIO(left)).get_sheet_by_index(0).to_python()
    # The result of the formula went, as text, and no formula.
    assert sheet == [["UPN", "Surname", "Forename", "Telephone"], [UPN, "Barlow", "2", "01942 1"]]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(left)).read("xl/worksheets/sheet1.xml")
    assert "The whole file was sent to you" in officers_desk.get(url).text
    assert not list((Path(portal.PRIVATE_DIR) / "permitted").iterdir())


def test_what_an_opt_out_withholds_is_empty_in_a_workbook(officers_desk, officer, workbook, pupil):
    DecisionFactory(pupil=pupil)
    release = ReadyReleaseFactory(content=workbook.read_bytes(), name="extract.xlsx", by=officer)
    left = content_of_response(officers_desk.post(f"/staff/releases/{release.pk}/download/"))
    sheet = load_workbook(io.BytesIO(left)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["UPN", "Surname", "Forename", "Telephone"]
    assert sheet[1][1] == "Barlow"
    assert "01942 1" not in sheet[1]


def test_the_command_takes_a_workbook_too(pupil, officer, workbook, tmp_path):
    out = tmp_path / "out.xlsx"
    done = run(
        "disclosure", "release", workbook, "--agreement", "WIG-CNX", "--purpose",
        "careers-guidance", "--out", out, "--by", officer.email,
    )  # fmt: skip
    assert done.code == 0, done.said
    assert load_workbook(str(out)).get_sheet_by_index(0).to_python()[1][1] == "Barlow"


def test_pasted_rows_are_an_extract(officers_desk):
    response = upload_extract(officers_desk, None, pasted=f"UPN\tSurname\n{UPN}\tBarlow\n")
    assert "Information about 1 pupil will be released." in officers_desk.get(response.url).text
    assert Release.objects.get().source == "paste"
    both = upload_extract(officers_desk, b"UPN\r\n", pasted="UPN\nx")
    assert "not both" in both.text
    by_commas = f'UPN,Surname,Telephone\n{UPN},"Barlow",1\n'
    response = upload_extract(officers_desk, None, pasted=by_commas)
    officers_desk.post(f"{response.url}release/")
    left = content_of_response(officers_desk.post(f"{response.url}download/"))
    assert left == f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n".encode()
    neither = upload_extract(officers_desk, None)
    assert "Select a file or paste rows" in neither.text


def test_a_ctf_file_is_an_extract(officers_desk):
    school = "<LEA>359</LEA><Estab>4001</Estab><SchoolName>Example High School</SchoolName>"
    from consent.models import School

    School.objects.update(laestab="3594001")
    content = f"""<?xml version="1.0"?><CTfile><Header><DocumentName>Common Transfer File</DocumentName>
<CTFversion>22.0</CTFversion><SourceSchool>{school}</SourceSchool>
<DestSchool><LEA>359</LEA><Estab>LLLL</Estab></DestSchool></Header><CTFpupilData><Pupil><UPN>{UPN}</UPN>
<Surname>Barlow</Surname><Forename>Ella</Forename><DOB>2012-05-05</DOB><Sex>F</Sex></Pupil></CTFpupilData></CTfile>"""
    response = upload_extract(officers_desk, content.encode(), name="359.xml")
    page = officers_desk.get(response.url).text
    assert "Information about 1 pupil will be released." in page, page
    assert Release.objects.get().source == "ctf"


@pytest.mark.parametrize("way", ["zip", "age"])
def test_the_file_goes_encrypted_as_the_agreement_says(
    officers_desk, officer, write, way, tmp_path
):
    send_by(way)
    release = check_extract(
        write(f"UPN,Surname\r\n{UPN},Barlow\r\n"), name="x.csv", by=officer, **KNOWN
    )
    url = f"/staff/releases/{release.pk}/"
    assert "passphrase" not in officers_desk.get(url).text
    desk.release(release.pk, by=officer, at=NOON)
    passphrase = Release.objects.get().passphrase
    assert passphrase in officers_desk.get(url).text
    content = content_of_response(officers_desk.post(f"{url}download/"))
    assert b"Barlow" not in content
    if way == "zip":
        with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
            name, *beside = archive.namelist()
            archive.setpassword(passphrase.encode())
            plain = archive.read(name)
            assert {member.wz_aes_strength for member in archive.infolist()} == {3}
    else:
        opened = pyrage.passphrase.decrypt(content, passphrase)
        with zipfile.ZipFile(io.BytesIO(opened)) as archive:
            name, *beside = archive.namelist()
            plain = archive.read(name)
    assert beside == [f"{name}.cover.txt", f"{name}.cover.pdf"]
    assert plain.decode() == f"UPN,Surname\r\n{UPN},Barlow\r\n"
    assert Disclosure.objects.get().means == way
    desk.expire_due(at=NOON + timedelta(hours=24))
    assert Release.objects.get().passphrase == ""


def test_the_passphrase_is_for_the_officer_alone(officers_desk, officer, second_officer, write):
    send_by("zip")
    release = check_extract(
        write(f"UPN,Surname\r\n{UPN},Barlow\r\n"), name="x.csv", by=officer, **KNOWN
    )
    desk.release(release.pk, by=officer, at=NOON)
    officers_desk.force_login(second_officer)
    page = officers_desk.get(f"/staff/releases/{release.pk}/").text
    assert Release.objects.get().passphrase not in page


def test_a_second_officer_returns_with_a_comment(pupil, client, officer, second_officer, write):
    release = check_extract(
        write(f"UPN,SEN\r\n{UPN},K\r\n"), name="x.csv", agreement="WIG-FFT",
        purpose="performance-analysis", reference="", by=officer, at=NOON,
    )  # fmt: skip
    url = f"/staff/releases/{release.pk}/"
    client.force_login(officer)
    client.post(f"{url}return/", {"comment": "Mine."})
    release.refresh_from_db()
    assert release.state == Release.State.CHECKED
    client.force_login(second_officer)
    client.post(f"{url}return/", {"comment": ""})
    client.post(f"{url}return/", {"comment": "Leave SEN out."})
    release.refresh_from_db()
    assert (release.state, release.returned_by) == (Release.State.RETURNED, second_officer)
    assert not desk.extract_file(release.pk).exists()
    client.force_login(officer)
    assert "Leave SEN out." in client.get(url).text
    assert events()[-1] == "release-returned"
    with pytest.raises(NotNowError):
        desk.release(release.pk, by=officer, at=NOON)


def ready(write, officer, content=None):
    release = check_extract(
        write(content or f"UPN,Surname\r\n{UPN},Barlow\r\n"), name="x.csv", by=officer, **KNOWN
    )
    desk.release(release.pk, by=officer, at=NOON)
    done = handing_over.hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    return release, done


def test_a_file_of_which_nothing_left_is_undone_in_the_log(officers_desk, officer, write):
    kept, done = ready(write, officer)
    stream = delivering.parcel(done, kept.pk, clock=lambda: NOON)
    stream.close()
    stream.close()
    assert not stream.path.exists()
    assert Undone.objects.get().disclosure == done.disclosure
    assert events()[-1] == "hand-over-undone"
    assert "Nothing was released" in officers_desk.get(f"/staff/releases/{kept.pk}/").text
    page = officers_desk.get(f"/staff/disclosures/{done.disclosure.entry}/").text
    assert "Not sent" in page
    assert "Connexions" not in officers_desk.get("/sharing/disclosures/").text.split("<main")[1]
    verify_log(lambda entries: None)


def test_nothing_of_a_refused_extract_is_delivered(pupil, officer):
    refused = handed_over(by=officer, purpose="performance-analysis")
    assert refused.disclosure.outcome == "refused"
    with pytest.raises(ValueError, match="nothing of a refused extract leaves"):
        delivering.parcel(refused, refused.disclosure.pk, clock=lambda: NOON)
    assert not Undone.objects.exists()


def test_a_stream_that_breaks_says_how_much_left(officers_desk, officer, write, monkeypatch):
    monkeypatch.setattr(leaving, "CHUNK", 10)
    kept, done = ready(write, officer)
    stream = delivering.parcel(done, kept.pk, clock=lambda: NOON)
    chunks = iter(stream)
    next(chunks)
    next(chunks)
    stream.close()
    assert not stream.path.exists()
    assert not Undone.objects.exists()
    assert "10 of 35 bytes" in officers_desk.get(f"/staff/releases/{kept.pk}/").text


def test_the_day_and_reference_of_the_request_are_logged(officers_desk, officer):
    day = {**day_fields("requested_on", DAY - timedelta(days=3)), "request_reference": "CNX-7"}
    response = upload_extract(officers_desk, f"UPN,Surname\r\n{UPN},Barlow\r\n".encode(), **day)
    page = officers_desk.get(response.url).text
    assert "20 November 2026" in page
    officers_desk.post(f"{response.url}release/")
    content_of_response(officers_desk.post(f"{response.url}download/"))
    disclosure = Disclosure.objects.get()
    assert (disclosure.request_reference, disclosure.requested_on) == (
        "CNX-7",
        DAY - timedelta(days=3),
    )
    assert disclosure.destroy_by == days.months_later(disclosure.on, 12)
    assert disclosure.schools == ["990001"]
    verify_log(lambda entries: None)
    future = {**day_fields("requested_on", DAY + timedelta(days=3))}
    wrong = upload_extract(officers_desk, b"UPN\r\n", **future)
    assert "must be today or in the past" in wrong.text


def test_an_opt_out_voids_what_was_seen_at_the_desk(officers_desk, officer, write, pupil):
    release = check_extract(
        write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,01\r\n"), name="x.csv", by=officer, **KNOWN
    )
    desk.release(release.pk, by=officer, at=NOON)
    DecisionFactory(pupil=pupil)
    page = officers_desk.post(f"/staff/releases/{release.pk}/download/", follow=True).text
    assert "has changed since you checked the file" in page
    assert not Disclosure.objects.exists()
    assert AgreementVersion.objects.exists()


def test_what_the_rules_forbid_by_the_download_stays_and_is_refused_in_the_log(
    officers_desk, officer
):
    """Nothing but the day changes the decision: the agreement ends between check and download."""
    release = ReadyReleaseFactory(by=officer)
    url = f"/staff/releases/{release.pk}/"
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    signing.terminate(version.pk, on=DAY, note="Closed.", by=officer, at=NOON)
    page = officers_desk.post(f"{url}download/", follow=True).text
    assert "Nothing has been released" in page
    release.refresh_from_db()
    assert release.state == Release.State.VOID
    assert not Disclosure.objects.exclude(outcome="refused").exists()
    verify_log(lambda entries: None)
