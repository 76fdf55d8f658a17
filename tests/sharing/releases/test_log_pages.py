"""The log as officers read it: why a row stayed, filters, sign-offs, dates of requests."""

import csv
import html
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction
from python_calamine import CalamineWorkbook

from notices.models import Recipient
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.after_the_fact import PastReceipt, record_receipt
from sharing.disclosures.undoing import undo
from sharing.models import AgreementVersion, Disclosure, Release, SignOff
from sharing.review import record_views, signing_off
from tests.example import DAY, NOON, UPN
from tests.factories.consent import ObjectionFactory, PupilFactory
from tests.factories.sharing import ReleaseFactory
from tests.forms import day_fields
from tests.log_entries import entries, events
from tests.recording import CALL, NOBODY, record
from tests.releases import (
    content_of_response,
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


def text_of(client, query, kind="csv"):
    """The log as a file, which is streamed."""
    return content_of_response(client.get(f"/staff/disclosures/log.{kind}?{query}")).decode()


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
        ("words=cnx", 1),
        ("words=wig-alk+alk", 1),
        ("words=cnx+alk", 0),
        ("words=%F0%9F%90%99", 0),
        ("words=" + "9" * 40, 0),
        ("outcome=received", 0),
        ("sort=rows&outcome=refused", 1),
        ("page=7", 3),
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
    lines = list(csv.DictReader(io.StringIO(text_of(log, query))))
    assert len(lines) == expected
    assert [entry["file"] for entry in entries("file-downloaded")] == ["disclosures"]


def test_the_log_is_filtered_by_officer(log, second_officer):
    assert "1 entry" in log.get(f"/staff/disclosures/?officer={second_officer.pk}").text
    wrong = log.get("/staff/disclosures/?first_0=99&first_1=1&first_2=2026")
    assert wrong.status_code == 422
    assert "must be a real date" in wrong.text
    query = "first_0=99&first_1=1&first_2=2026"
    wrong = log.get(f"/staff/disclosures/log.json?{query}")
    assert (wrong.status_code, wrong.url) == (302, f"/staff/disclosures/?{query}")


def test_the_log_is_filtered_by_what_came_of_it(log, officer):
    undone = Disclosure.objects.filter(by=officer).exclude(outcome="refused").get()
    undo(undone, why="The connection broke.", at=NOON)
    told = record(log, **CALL, upns=NOBODY)

    def lines(query):
        text = text_of(log, query)
        return {int(line["Log entry"]): line for line in csv.DictReader(io.StringIO(text))}

    assert list(lines("outcome=out-of-line")) == [told.entry]
    assert list(lines("outcome=undone")) == [undone.entry]
    line = lines("outcome=undone")[undone.entry]
    assert line["Sent"] == "no"
    assert line["What happened"] == "Not sent. The connection broke."
    version = AgreementVersion.objects.get(agreement__reference="WIG-PH-STATS")
    what = PastReceipt(version, "health-statistics", DAY, "email", "Height by school.", officer)
    received = record_receipt(what, at=NOON)
    assert lines("outcome=received")[received.entry]["Sent"] == "no"


def test_what_was_shared_earlier_is_found_by_its_day(log, second_officer):
    """A phone call of last month that is recorded today."""
    earlier = DAY - timedelta(days=40)
    call = record(log, **{**CALL, **day_fields("on", earlier)})

    def found(day, **more):
        query = urlencode({**day_fields("first", day), **day_fields("last", day), **more})
        page = log.get(f"/staff/disclosures/?{query}").text
        rows = list(csv.DictReader(io.StringIO(text_of(log, query))))
        assert ("No entries match" in page) == (not rows)
        assert (f"Shared on {days.in_words(earlier)}" in page) == bool(rows)
        return [(row["Log entry"], row["Shared or received on"]) for row in rows]

    assert found(earlier) == []
    assert found(earlier, dates="shared") == [(str(call.entry), earlier.isoformat())]
    assert (str(call.entry), earlier.isoformat()) in found(days.day_of(call.at))
    chosen = log.get("/staff/disclosures/?dates=shared").text
    assert "4 entries" in chosen
    log.force_login(second_officer)
    page = log.get(f"/staff/disclosures/sign-off/?entry={call.entry}").text
    assert f"Shared on {days.in_words(earlier)}" in page


def test_what_people_quote_leads_to_the_entry(log):
    """`entry 12` is one entry only; a bare number may be of a request too, or begin a reference."""
    entry = Disclosure.objects.get(agreement_reference="WIG-ALK").entry
    for quoted in (f"log entry {entry}", f"Entry {entry}", f" {entry} "):
        page = log.get("/staff/disclosures/", {"words": quoted}).text
        assert "1 entry" in page
        assert f"Log entry {entry}\n" in page
    assert "No entries match" in log.get("/staff/disclosures/", {"words": "request 1"}).text
    sent = ReleaseFactory(by=Disclosure.objects.get(entry=entry).by, name="Autumn_List-7.csv")
    Release.objects.filter(pk=sent.pk).update(disclosure=Disclosure.objects.get(entry=entry))
    page = log.get("/staff/disclosures/", {"words": "list autumn"}).text
    assert f"Log entry {entry}\n" in page
    assert "No entries match" in log.get("/staff/disclosures/", {"words": "-"}).text


def test_the_log_is_sorted_as_chosen(log):
    def references(sort):
        page = log.get("/staff/disclosures/", {"sort": sort}).text
        assert f'<option value="{sort}" selected>' in page
        return re.findall("(?<=<br>)(?:WIG-CNX|WIG-ALK|NONE)", page)

    cnx, alk, none = "WIG-CNX", "WIG-ALK", "NONE"
    assert references("newest") == [none, alk, cnx]
    assert references("oldest") == [cnx, alk, none]
    assert references("organisation") == [none, alk, cnx]
    assert references("rows") == [cnx, alk, none]
    assert references("result") == [alk, cnx, none]


def test_each_number_is_as_long_as_the_list_behind_it(log, officer):
    """The totals are those of the CSV of the same filters, and each links to its own list (K1)."""
    undone = Disclosure.objects.get(agreement_reference="WIG-ALK")
    undo(undone, why="The connection broke.", at=NOON)
    record(log, **CALL, upns=NOBODY)
    record(log)
    for query in ("", "?signed_off=no", "?words=wig"):
        page = " ".join(log.get(f"/staff/disclosures/{query}").text.split())
        text = text_of(log, query.strip("?"))
        lines = list(csv.DictReader(io.StringIO(text)))
        for heading, words in ROWS:
            number = sum(int(line[heading] or 0) for line in lines)
            assert f"{number:,} {words}" in page
        links = re.findall(
            r'href="(/staff/disclosures/\?[^"]*outcome=[^"]*)">[^<]*</a>: (\d+)', page
        )
        assert sum(int(number) for _, number in links) == len(lines)
        assert len(links) > 2
        for address, number in links:
            only = log.get(html.unescape(address)).text
            assert f"{number} entr" in only


ROWS = (
    ("Rows in full", "in full"),
    ("Rows with basic details only", "with basic details only"),
    ("Rows withheld", "withheld"),
)


def test_each_kind_of_file_says_the_same(log):
    lines = list(csv.DictReader(io.StringIO(text_of(log, "sort=rows"))))
    objects = json.loads(text_of(log, "sort=rows", "json"))
    as_text = [{name: str(value or "") for name, value in each.items()} for each in objects]
    numbers = {"Rows", "Rows in full", "Rows with basic details only", "Rows withheld"}
    for line, text in zip(lines, as_text, strict=True):
        assert {name: line[name] for name in line if name not in numbers} == {
            name: text[name] for name in text if name not in numbers
        }
    assert [each["Rows"] for each in objects] == [int(line["Rows"] or 0) or None for line in lines]
    response = log.get("/staff/disclosures/log.xlsx?sort=rows")
    assert "disclosures.xlsx" in response["Content-Disposition"]
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content_of_response(response))).sheet_names
    assert sheet == "Table"
    downloads = [(entry["file"], entry["format"]) for entry in entries("file-downloaded")]
    assert downloads == [("disclosures", kind) for kind in ("csv", "json", "xlsx")]


def test_the_pages_of_the_log_take_few_queries(log, django_assert_max_num_queries):
    entry = Disclosure.objects.exclude(outcome="refused").first().entry
    for page in ("/staff/disclosures/", "/staff/disclosures/?outcome=reduced"):
        with django_assert_max_num_queries(10) as queries:
            log.get(page)
        assert not any("disclosureline" in query["sql"] for query in queries)
    with django_assert_max_num_queries(14):
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
