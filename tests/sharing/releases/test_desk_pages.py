"""The officers' pages and the public register, as HTTP."""

import json
from html import escape

import pytest
from django.conf import settings as portal
from django.core.files.uploadedfile import SimpleUploadedFile

from privacy_portal.ground.ui.files import FileForm
from sharing.disclosures.sentences import of_reason
from sharing.models import Disclosure, Finding, Release
from tests.commands import run
from tests.example import EXTRACTS, UPN
from tests.factories.ground import SchoolStaffFactory
from tests.places import EXAMPLE
from tests.releases import hand_over_extract, upload_extract
from tests.tables import BAD_TABLES

pytestmark = pytest.mark.django_db
TODAY = [name for name in EXTRACTS if "2026" in name]


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


@pytest.mark.parametrize("name", EXTRACTS)
def test_the_extracts_of_the_example_give_what_is_expected(policy, desk, time_machine, name):
    run("roll", "import", EXAMPLE / "roll.csv")
    if name != "connexions-2009-11":
        # Today a decision counts because it is there (H2a), and in 2009 nobody had decided yet.
        run("opt_outs", "import", EXAMPLE / "opt_outs.csv")
    expected = json.loads((EXAMPLE / "extracts" / f"{name}.expected.json").read_text())
    time_machine.move_to(f"{expected['on']}T12:00:00+00:00")
    agreement, purpose = EXTRACTS[name]
    content = (EXAMPLE / "extracts" / f"{name}.csv").read_bytes()
    encoding = "windows-1252" if name == "connexions-2009-11" else ""
    response = upload_extract(desk, content, agreement, purpose, encoding=encoding)
    assert response.status_code == 302
    decided = desk.get(f"{response.url}decision.json").json()
    if name == "connexions-2009-11":
        assert decided["notice"] == "pupils/2"
    assert decided == expected
    page = desk.get(response.url).text
    for reason in expected["reasons"]:
        assert escape(of_reason(reason, agreement)) in page
    for column in expected["columns"]:
        assert column["heading"] in page


# Which encoding is meant is asked on a page; a command refuses such a file.
FAULTY = {name: bad for name, bad in BAD_TABLES.items() if name != "no encoding at all"}


@pytest.mark.parametrize(("content", "said"), FAULTY.values(), ids=FAULTY)
def test_a_bad_upload_is_said_in_the_error_summary_and_nothing_is_stored(
    policy, desk, content, said
):
    if not content:
        said = "The selected file is empty"
    if "workbook" in said:
        said = "this Excel workbook is damaged"
    before = set((portal.PRIVATE_DIR / "extracts").glob("*"))
    page = upload_extract(desk, content)
    if page.status_code == 302:
        page = desk.get(page.url)
        assert "There are errors in your file" in page.text
        assert set((portal.PRIVATE_DIR / "extracts").glob("*")) == before
    else:
        assert page.status_code == 422
        assert "There is a problem" in page.text
        assert not Release.objects.exists()
    text = page.text.replace("&#39;", "'").replace("&#34;", '"')
    assert said.casefold() in text.casefold()
    assert not Disclosure.objects.exists()
    assert not Finding.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_kept(policy, desk, settings):
    settings.UPLOAD_MAX_BYTES = 100_000
    page = upload_extract(desk, b"UPN\r\n" + b"x" * 200_000)
    assert page.status_code == 422
    assert "must be smaller than" in page.text
    assert "Select a file or paste" not in page.text
    assert not list(portal.FILE_UPLOAD_TEMP_DIR.glob("*.upload*"))


def test_the_form_refuses_a_large_file_that_was_kept_all_the_same(settings):
    settings.UPLOAD_MAX_BYTES = 3
    for content, valid in ((b"UPN", True), (b"UPNs", False)):
        form = FileForm({}, files={"file": SimpleUploadedFile("a.csv", content)})
        assert form.is_valid() is valid
        assert bool("must be smaller than" in str(form.errors)) is not valid


def test_a_file_of_60_mb_is_refused(policy, desk):
    page = upload_extract(desk, b"UPN,Surname\r\n" + b"P207000016049,Barlow\r\n" * 2_800_000)
    assert "must be smaller than 50MB" in page.text
    assert not Release.objects.exists()


def test_too_many_rows_are_refused(pupil, desk, settings):
    settings.UPLOAD_MAX_ROWS = 3
    page = upload_extract(desk, b"UPN,Surname\r\n" + f"{UPN},Barlow\r\n".encode() * 4)
    assert "the file has more than 3 rows" in desk.get(page.url).text
    assert Release.objects.get().state == Release.State.FAULTY
    assert not Finding.objects.exists()


def test_release_and_download_once(pupil, desk):
    url = upload_extract(desk, f"UPN,Surname,Notes\r\n{UPN},=Barlow,x\r\n".encode()).url
    assert "Nothing in this file can be released." in desk.get(url).text
    url = upload_extract(desk, f"UPN,Surname,Notes\r\n{UPN},Barlow,x\r\n".encode()).url
    assert "Information about 1 pupil will be released." in desk.get(url).text
    assert "Download file (once only)" not in desk.get(url).text
    desk.post(f"{url}release/")
    assert "Download file (once only)" in desk.get(url).text
    file = desk.post(f"{url}download/")
    assert file["Content-Type"] == "text/csv"
    assert "attachment" in file["Content-Disposition"]
    assert file["Cache-Control"] == "no-store"
    assert b"".join(file.streaming_content) == f"UPN,Surname\r\n{UPN},Barlow\r\n".encode()
    assert "The whole file was sent to you: 35 bytes" in desk.get(url).text
    again = desk.post(f"{url}download/", follow=True)
    assert "This file has already been downloaded" in again.text
    assert "Handed over" in desk.get(url).text
    assert not list((portal.PRIVATE_DIR / "permitted").iterdir())


def test_the_lists_take_the_same_queries_however_long(
    example, desk, officer, django_assert_max_num_queries
):
    for _ in range(3):
        hand_over_extract("alkemygold-2026-11", "WIG-ALK", "performance-analysis", officer)
        upload_extract(desk, b"UPN,Sex\r\nP207000016049,F\r\n", "WIG-FFT", "performance-analysis")
    for address in ("/staff/releases/", "/staff/disclosures/", "/staff/opt-outs/"):
        with django_assert_max_num_queries(12):
            assert desk.get(address).status_code == 200
    # One more where a pupil may be the same child as another.
    with django_assert_max_num_queries(14):
        assert desk.get("/staff/").status_code == 200
    for address in ("/sharing/", "/sharing/connexions/", "/sharing/disclosures/"):
        with django_assert_max_num_queries(14):
            assert desk.get(address).status_code == 200


def test_the_start_page_offers_a_next_step_when_nothing_waits(policy, client, officer):
    client.force_login(officer)
    page = client.get("/staff/").text
    assert 'href="/staff/releases/new/">Check an extract' in page
    client.force_login(SchoolStaffFactory(email="school@example.org"))
    page = client.get("/staff/").text
    assert 'href="/staff/opt-outs/">See online opt-outs' in page
    assert "Check an extract" not in page


def test_a_disclosure_in_words(example, desk, officer):
    done, _ = hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    page = desk.get(f"/staff/disclosures/{done.disclosure.entry}/").text
    assert "shared with Connexions" in page
    assert (
        "Information about 223 pupils was released: 205 in full and 18 with basic details only."
        in page
    )
    assert "392 of 615 rows were withheld." in page
    assert "How we use information about pupils, version 3" in page
    assert "The pupil is opted out" in page
    assert desk.get("/staff/disclosures/99999/").status_code == 404


def test_the_public_register(example, client, officer):
    register = client.get("/sharing/").text
    assert "Wigan Council public health took over its work" in register
    page = client.get("/sharing/connexions/").text
    assert "WIG-CNX, version 2" in page
    assert "Education and Skills Act 2008 s.14" in page
    closed = client.get("/sharing/pct/").text
    assert "We no longer share information with it" in closed
    assert client.get("/sharing/nobody/").status_code == 404


def test_agreements_in_force_come_first_and_others_say_what_they_are(policy, desk):
    page = desk.get("/staff/releases/new/").text
    agreements = page.split('name="agreement"')[1].split("</select>")[0]
    ended = agreements.index("(ended 31 March 2013)")
    assert agreements.index("WIG-CNX") < ended
    assert "WIG-CNX" not in agreements[ended:]
    purposes = page.split('name="purpose"')[1].split("</select>")[0]
    assert "(WIG-CNX)" in purposes
    assert "WIG-PCT" not in purposes
