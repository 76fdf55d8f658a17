"""The log as officers read it: why a row stayed, filters, sign-offs, dates of requests."""

import csv
import io
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from privacy_portal.ground.errors import NotNowError
from sharing.models import Disclosure, SignOff
from sharing.review import signing_off
from tests.example import NOON
from tests.log_entries import events
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


def test_the_log_is_filtered_by_officer(log, second_officer):
    assert "1 entry" in log.get(f"/staff/disclosures/?officer={second_officer.pk}").text
    wrong = log.get("/staff/disclosures/?first_0=99&first_1=1&first_2=2026")
    assert wrong.status_code == 422
    assert "must be a real date" in wrong.text


def test_the_pages_of_the_log_take_few_queries(log, django_assert_max_num_queries):
    entry = Disclosure.objects.exclude(outcome="refused").first().entry
    for page in ("/staff/disclosures/", "/staff/disclosures/?outcome=reduced"):
        with django_assert_max_num_queries(12):
            log.get(page)
    with django_assert_max_num_queries(12):
        assert log.get(f"/staff/disclosures/{entry}/").status_code == 200
    with django_assert_max_num_queries(12):
        assert log.get("/staff/releases/new/").status_code == 200


def test_another_officer_signs_off_once(log, officer, second_officer):
    mine = Disclosure.objects.filter(by=officer).exclude(outcome="refused").get()
    page = f"/staff/disclosures/{mine.entry}/"
    assert "Sign off</button>" not in log.get(page).text.replace("\n", "")
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
    with (
        pytest.raises(IntegrityError, match="sharing_signoff_disclosure_id_key"),
        transaction.atomic(),
    ):
        SignOff.objects.create(disclosure=mine, by=second_officer, at=NOON)
    assert "1 entry" in log.get("/staff/disclosures/?signed_off=yes").text
    assert events()[-1] == "disclosure-signed-off"
