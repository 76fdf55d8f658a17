"""What the public reads: cacheable pages, history, comparison (N5), feed, data."""

import gzip
import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from random import Random

import pytest
from django.http import HttpResponse

from notices.drafts.content import digest_of
from notices.models import Controller
from privacy_portal.ground.public_pages.caching import public_page, revalidated
from tests.example import DAY, NOON
from tests.factories.notices import CompleteDraftFactory, publish

pytestmark = pytest.mark.django_db

PAGES = [
    "/", "/accessibility/", "/notices/", "/notices/pupils/", "/notices/pupils/versions/",
    "/notices/pupils/versions/1/", "/notices/pupils/versions/3.json", "/notices/pupils/feed/",
    "/notices/pupils/changes/1/3/", "/sharing/", "/sharing/connexions/", "/report/",
]  # fmt: skip


def test_counts_of_disclosures_are_made_anew_and_sent_only_when_they_changed(
    policy, client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        first = client.get("/sharing/disclosures/")
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not first.cookies
    again = client.get("/sharing/disclosures/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("address", PAGES)
def test_public_pages_can_be_kept_and_asked_for_again(
    policy, client, address, django_assert_max_num_queries, django_assert_num_queries
):
    with django_assert_max_num_queries(12):  # of an organisation, with what the notice lists
        first = client.get(address)
    assert first.status_code == 200
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Cookie" not in first["Vary"]
    assert not first.cookies
    with django_assert_num_queries(1):
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})
    assert since.status_code == 304


@pytest.mark.parametrize("address", PAGES)
def test_a_public_page_knows_nobody(policy, client, officer, address):
    before = client.get(address).content
    client.force_login(officer)
    assert client.get(address).content == before


def test_a_page_is_sent_compressed_to_those_who_take_it(policy, client):
    plain = client.get("/notices/pupils/")
    packed = client.get("/notices/pupils/", headers={"Accept-Encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]


def test_a_change_is_seen_at_once(policy, client):
    first = client.get("/notices/pupils/")
    Controller.objects.update(name="Another Council")
    again = client.get("/notices/pupils/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert "Another Council" in again.text


def test_under_load_the_database_is_asked_once_a_second(policy, client, settings, monkeypatch):
    from privacy_portal.ground.public_pages import caching

    clock = [1000.0]
    monkeypatch.setattr(caching, "monotonic", lambda: clock[0])
    monkeypatch.setattr(caching, "_last_stamp", None)
    settings.STAMP_SECONDS = 1.0
    client.get("/notices/pupils/")
    Controller.objects.update(name="Another Council")
    clock[0] += 0.9
    assert "Another Council" not in client.get("/notices/pupils/").text
    clock[0] += 0.1
    assert "Another Council" in client.get("/notices/pupils/").text


def test_a_published_version_waits_for_its_day(
    policy, client, officer, second_officer, time_machine
):
    publish(CompleteDraftFactory(by=officer, effective_from=DAY + timedelta(1)), by=second_officer)
    page = client.get("/notices/pupils/")
    assert "A new version will apply from 24 November 2026" in page.text
    assert "Version 3." in page.text
    assert "does not apply yet" in client.get("/notices/pupils/versions/4/").text
    time_machine.move_to(NOON + timedelta(1))
    client.logout()
    page = client.get("/notices/pupils/", headers={"If-None-Match": page["ETag"]})
    assert "Version 4." in page.text


def test_the_data_of_a_version_has_the_fingerprint_it_says(policy, client):
    document = client.get("/notices/pupils/versions/3.json").json()
    assert digest_of(document["content"]) == document["digest"]
    assert document["digest"] in client.get("/notices/pupils/versions/3/").text
    assert json.dumps(document["content"]).count("Connexions") > 1


def test_the_feed_lists_every_version(policy, client):
    response = client.get("/notices/pupils/feed/")
    assert response["Content-Type"].startswith("application/atom+xml")
    atom = {"a": "http://www.w3.org/2005/Atom"}
    entries = ET.fromstring(response.content).findall("a:entry", atom)
    assert len(entries) == 3
    newest = entries[0].find("a:id", atom).text
    assert newest == "http://testserver/notices/pupils/versions/3/"


def test_a_day_leads_to_the_version_that_was_in_force(policy, client):
    def on(day, month, year):
        return client.get(f"/notices/pupils/on/?on_0={day}&on_1={month}&on_2={year}")

    assert on(1, 9, 2010).url == "/notices/pupils/versions/2/"
    assert "There was no version of this privacy notice" in on(1, 1, 2001).text
    assert "Date must be a real date" in on(31, 2, 2010).text
    for impossible in ((9_999_999_999, 1, 2026), (1, 2_147_483_648, 2026)):
        assert on(*impossible).status_code == 422
        assert "Date must be a real date" in on(*impossible).text
    assert on("", "", "").status_code == 422


def test_any_two_versions_are_compared(policy, client):
    page = client.get("/notices/pupils/changes/2/3/").text
    assert "ContactPoint" in page
    assert "<del>" in page
    assert "start of removed words " in page
    assert client.get("/notices/pupils/changes/3/2/").url == "/notices/pupils/changes/2/3/"
    assert client.get("/notices/pupils/changes/2/9/").status_code == 404
    same = client.get("/notices/pupils/changes/3/3/").text
    assert "These 2 versions are the same" in same


def test_a_notice_without_a_version_in_force_says_so(policy, client, time_machine):
    time_machine.move_to("2001-01-01")
    assert (
        "There is no current version of this privacy notice" in client.get("/notices/pupils/").text
    )


def test_the_short_version_for_young_people_is_a_page_where_there_is_one(
    policy, client, officer, second_officer
):
    draft = CompleteDraftFactory(by=officer, effective_from=DAY)
    draft.young_summary = "What we **tell** others."
    draft.save()
    publish(draft, by=second_officer)
    address = "/notices/pupils/versions/4/young/"
    assert "<strong>tell</strong>" in client.get(address).text
    assert address in client.get("/notices/pupils/").text
    assert client.get("/notices/pupils/versions/3/young/").status_code == 404


@pytest.mark.parametrize("decorator", [public_page, revalidated])
def test_only_a_page_that_was_found_is_kept(db, rf, decorator):
    answer = decorator(lambda request: HttpResponse("Gone.", status=410))(rf.get("/"))
    assert (answer.status_code, answer.content) == (410, b"Gone.")
    assert not {"ETag", "Cache-Control"} & set(answer.headers)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x" * 2_000, "gzip"), (Random(7).randbytes(2_000), None), (b"x" * 20, None)],
    ids=["words", "noise", "few words"],
)
def test_a_page_is_compressed_where_that_makes_it_smaller(rf, body, encoding):
    request = rf.get("/", headers={"Accept-Encoding": "gzip"})
    answer = revalidated(lambda request: HttpResponse(body))(request)
    assert answer.get("Content-Encoding") == encoding
    assert (gzip.decompress(answer.content) if encoding else answer.content) == body
