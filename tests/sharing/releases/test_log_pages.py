"""The log as officers read it: why a row stayed, filters, sign-offs, dates of requests."""

import csv
import io
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from notices.models import Recipient
from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.after_the_fact import PastReceipt, record_receipt
from sharing.disclosures.undoing import undo
from sharing.models import AgreementVersion, Disclosure, SignOff
from sharing.review import record_views, signing_off
from tests.example import DAY, NOON, UPN
from tests.factories.consent import ObjectionFactory, PupilFactory
from tests.log_entries import entries, events
from tests.recording import CALL, NOBODY, record
from tests.releases import (
    hand_over_extract,
    upload_extract,
)

pytestmark = pytest.mark.django_db


def test_why_is_one_click_away(example, client, officer):
    client.force_login(officer)
    response = upload_extract(
        client,
        (Path("example/wigan/extracts/connexions-2026-11.csv")).read_bytes(),
    )
    page = client.get(response.url).text
    assert f'href="{response.url}why/2/"' in page
    found = client.get(f"{response.url}?reason=opted-out").text
    row = int(found.split(f'href="{response.url}why/')[1].split("/")[0])
    why = client.get(f"{response.url}why/{row}/").text
    assert "D opted-out" in why
    assert "/staff/agreements/" in why
    assert "/notices/pupils/versions/3/" in why
    assert "The choice this is based on" in why
    assert "/staff/pupils/" in why
    assert events()[-1] == "pupil-opened"
    assert client.get(f"{response.url}why/99999/").status_code == 404


def test_why_names_the_objection_or_that_nobody_has_the_number(policy, client, officer):
    """An objection to another organisation says nothing here."""
    client.force_login(officer)
    objector = PupilFactory(upn=UPN)
    ObjectionFactory(pupil=objector, person_name="Ben Barlow")
    ObjectionFactory(
        pupil=objector, person_name="Eve Other", recipient=Recipient.objects.get(code="connexions")
    )
    content = f"UPN,Surname\r\n{UPN},Barlow\r\n{NOBODY},Nobody\r\n".encode()
    url = upload_extract(client, content, "WIG-FFT", "performance-analysis").url
    why = client.get(f"{url}why/1/").text
    assert "D objected" in why
    assert "Ben Barlow, received" in " ".join(why.split())
    assert "Eve Other" not in why
    opened = events().count("pupil-opened")
    assert opened == 1
    why = client.get(f"{url}why/2/").text
    assert "Not on the school roll" in why
    assert "The choice this is based on" not in why
    assert events().count("pupil-opened") == opened


def test_rows_are_searched_and_downloaded(example, client, officer):
    client.force_login(officer)
    content = (Path("example/wigan/extracts/connexions-2026-11.csv")).read_bytes()
    url = upload_extract(client, content).url
    lines = list(csv.DictReader(io.StringIO(client.get(f"{url}rows.csv").text)))
    assert len(lines) == 410
    young = client.get(f"{url}rows.csv?reason=too-young").text
    assert {each["Reason code"] for each in csv.DictReader(io.StringIO(young))} == {"too-young"}
    upn = lines[0]["UPN in the file"]
    page = client.get(f"{url}?words={upn.lower()}").text
    assert upn in page
    assert "No rows found" in client.get(f"{url}?words=nonsense").text
    numbered = client.get(f"{url}rows.csv?words={lines[-1]['Row']}").text
    assert lines[-1] in list(csv.DictReader(io.StringIO(numbered)))
    downloads = entries("file-downloaded")
    assert [(entry["file"], entry["by"]) for entry in downloads] == [
        ("rows", str(officer.reference))
    ] * 3
    assert downloads[0]["release"] in url


@pytest.fixture
def log(example, client, officer, second_officer):
    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    hand_over_extract("alkemygold-2026-11", "WIG-ALK", "performance-analysis", second_officer)
    hand_over_extract("connexions-2026-11", "NONE", "careers-guidance", officer)
    client.force_login(officer)
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 3),
        ("recipient=connexions", 1),
        ("agreement=WIG-ALK", 1),
        ("purpose=careers-guidance", 2),
        ("outcome=refused", 1),
        ("outcome=undone", 0),
        ("school=990001", 2),
        ("signed_off=no", 3),
        ("first_0=23&first_1=11&first_2=2026", 3),
        ("first_0=24&first_1=11&first_2=2026", 0),
        ("last_0=22&last_1=11&last_2=2026", 0),
    ],
)
def test_the_log_is_filtered_and_its_csv_has_the_same(log, query, expected):
    page = log.get(f"/staff/disclosures/?{query}").text
    if expected:
        assert f"{expected} entr" in page
    else:
        assert "No entries match" in page
    lines = list(csv.DictReader(io.StringIO(log.get(f"/staff/disclosures/log.csv?{query}").text)))
    assert len(lines) == expected
    assert [entry["file"] for entry in entries("file-downloaded")] == ["disclosures"]


def test_the_log_is_filtered_by_officer(log, second_officer):
    assert "1 entry" in log.get(f"/staff/disclosures/?officer={second_officer.pk}").text
    wrong = log.get("/staff/disclosures/?first_0=99&first_1=1&first_2=2026")
    assert wrong.status_code == 422
    assert "must be a real date" in wrong.text
    query = "first_0=99&first_1=1&first_2=2026"
    wrong = log.get(f"/staff/disclosures/log.csv?{query}")
    assert (wrong.status_code, wrong.url) == (302, f"/staff/disclosures/?{query}")


def test_the_log_is_filtered_by_what_came_of_it(log, officer):
    undone = Disclosure.objects.filter(by=officer).exclude(outcome="refused").get()
    undo(undone, why="The connection broke.", at=NOON)
    told = record(log, **CALL, upns=NOBODY)

    def lines(query):
        text = log.get(f"/staff/disclosures/log.csv?{query}").text
        return {int(line["Log entry"]): line for line in csv.DictReader(io.StringIO(text))}

    assert list(lines("outcome=out-of-line")) == [told.entry]
    assert list(lines("outcome=undone")) == [undone.entry]
    line = lines("outcome=undone")[undone.entry]
    assert line["Sent"] == "no"
    assert line["What happened"] == "Not sent. The connection broke."
    version = AgreementVersion.objects.get(agreement__reference="WIG-PH-STATS")
    what = PastReceipt(version, "health-statistics", DAY, "email", "Height by school.", officer)
    received = record_receipt(what, at=NOON)
    assert lines("outcome=released")[received.entry]["Sent"] == "no"


def test_the_pages_of_the_log_take_few_queries(log, django_assert_max_num_queries):
    entry = Disclosure.objects.exclude(outcome="refused").first().entry
    for page in ("/staff/disclosures/", "/staff/disclosures/?outcome=reduced"):
        with django_assert_max_num_queries(12):
            log.get(page)
    with django_assert_max_num_queries(13):
        assert log.get(f"/staff/disclosures/{entry}/").status_code == 200
    with django_assert_max_num_queries(12):
        assert log.get("/staff/releases/new/").status_code == 200


def test_another_officer_signs_off_once(log, officer, second_officer):
    mine = Disclosure.objects.filter(by=officer).exclude(outcome="refused").get()
    page = f"/staff/disclosures/{mine.entry}/"
    assert "Sign off</button>" not in log.get(page).text.replace("\n", "")
    read_before = record_views.get_disclosure(mine.entry)
    log.post(page, {"note": "x"})
    assert not SignOff.objects.exists()
    log.force_login(second_officer)
    log.post(page, {"note": "As it should be."})
    assert SignOff.objects.get().by == second_officer
    assert "As it should be." in log.get(page).text
    with pytest.raises(NotNowError, match="already"):
        signing_off.sign_off(
            Disclosure.objects.get(pk=mine.pk), note="", by=second_officer, at=NOON
        )
    with pytest.raises(NotNowError, match="already"):
        signing_off.sign_off(read_before, note="At the same time.", by=second_officer, at=NOON)
    assert SignOff.objects.get().note == "As it should be."
    with (
        pytest.raises(IntegrityError, match="sharing_signoff_disclosure_id_key"),
        transaction.atomic(),
    ):
        SignOff.objects.create(disclosure=mine, by=second_officer, at=NOON)
    assert "1 entry" in log.get("/staff/disclosures/?signed_off=yes").text
    assert events()[-1] == "disclosure-signed-off"
