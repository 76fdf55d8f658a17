"""The page of a decision that is checked again, and its file."""

import csv
import io
import json
from types import SimpleNamespace

import pytest
from django.db import connection

from consent.models import Decision, Source
from consent.protection.recording import protect
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.log.models import Entry
from sharing.models import Disclosure, Recall
from sharing.replay import presenters
from sharing.replay.difference_rules import RowAgain, Unkept, compared
from sharing.row_decision_rules import REDUCED, WHOLE
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import DisclosureFactory
from tests.releases import content_of_response

pytestmark = pytest.mark.django_db
BOTH = f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n{TWIN},Barlow,2\r\n"


@pytest.fixture
def disclosure(pupil, officer, client):
    """What went about Ella and her twin, whose opt-out was keyed late."""
    twin = PupilFactory(upn=TWIN, forename="Tom")
    shared = DisclosureFactory(days=-2, content=BOTH)
    DecisionFactory(pupil=twin, days=-3, channel="import")
    client.force_login(officer)
    return shared


def address(disclosure):
    return f"/staff/disclosures/{disclosure.entry}/again/"


def test_the_page_of_a_disclosure_leads_to_it(client, disclosure):
    page = client.get(f"/staff/disclosures/{disclosure.entry}/").text
    assert f'href="{address(disclosure)}"' in page
    assert "Check this decision again" in page


def test_rows_that_differ_are_listed_with_what_to_do(client, disclosure):
    page = client.get(address(disclosure)).text
    assert "1 row would be shared with less information today." in page
    assert "may hold information that it should delete" in page
    assert "What was known then leads to what was recorded" in page
    assert "Different (1)" in page
    assert "Same (1)" in page
    assert page.count("Tom Barlow") == 1
    assert "Ella Barlow" not in page
    same = client.get(f"{address(disclosure)}?rows=same").text
    assert "Ella Barlow" in same
    assert "Tom Barlow" not in same


def test_the_look_is_logged_with_the_pupils_on_the_page(client, disclosure):
    client.get(address(disclosure))
    entry = json.loads(bytes(Entry.objects.order_by("seq").last().body))
    assert entry["event"] == "pupils-listed"
    assert len(entry["people"]) == 1


def test_another_list_is_not_there(client, disclosure):
    assert client.get(f"{address(disclosure)}?rows=all").status_code == 404


def test_the_differences_are_a_file(client, disclosure):
    response = client.get(f"/staff/disclosures/{disclosure.entry}/again.csv")
    (row,) = csv.DictReader(io.StringIO(content_of_response(response).decode()))
    assert (row["Row"], row["Pupil"], row["Recorded"]) == ("2", "Tom Barlow", "Shared in full.")
    assert row["As known now"].startswith("Shared with basic details only")
    entry = json.loads(bytes(Entry.objects.order_by("seq").last().body))
    assert (entry["event"], entry["file"], entry["disclosure"]) == (
        "file-downloaded", "again", disclosure.pk,
    )  # fmt: skip


def test_where_nothing_differs_it_says_so(client, pupil, officer):
    client.force_login(officer)
    page = client.get(address(DisclosureFactory())).text
    assert "The 1 row would be decided the same today." in page


@pytest.mark.parametrize(
    ("same", "unkept", "less", "said"),
    [
        (2, 1, 0, "2 rows would be decided the same today. 1 other cannot be decided again."),
        (1, 3, 0, "1 row would be decided the same today. 3 others cannot be decided again."),
        (0, 2, 0, "2 rows cannot be decided again."),
        (
            1,
            2,
            1,
            "1 row would be shared with less information today. 2 rows cannot be decided again.",
        ),
        (2, 0, 0, "All 2 rows would be decided the same today."),
    ],
)
def test_it_says_how_many_cannot_be_decided_again(same, unkept, less, said):
    rows = compared(
        RowAgain(number, None, WHOLE, answer, answer)
        for number, answer in enumerate([WHOLE] * same + [Unkept.CELLS] * unkept + [REDUCED] * less)
    )
    assert len(rows.unkept) == unkept
    nothing = SimpleNamespace(reasons=[], columns=[])
    again = SimpleNamespace(
        recorded=nothing, then=nothing, now=nothing, columns_withheld=[], rows=rows
    )
    assert presenters.headline(Disclosure(outcome="refused"), again) == said


def test_recalls_of_an_entry_are_listed_apart(client, disclosure, pupil):
    other = DisclosureFactory(days=-1)
    decision = Decision.objects.get()
    for shared in (disclosure, other):
        Recall.objects.get_or_create(
            disclosure=shared, decision=decision, defaults={"found_at": NOON}
        )
    href = f"/staff/disclosures/recalls/?entry={disclosure.entry}"
    for page in (address(disclosure), f"/staff/disclosures/{disclosure.entry}/"):
        assert f'href="{href}">' in client.get(page).text
    page = client.get(href).text
    assert page.count('<th scope="row"') == 1
    assert f"Recalls of log entry {disclosure.entry}" in page
    assert f'href="/staff/disclosures/{disclosure.entry}/"' in page
    assert client.get("/staff/disclosures/recalls/?all=1").text.count('<th scope="row"') == 2
    none = client.get("/staff/disclosures/recalls/?entry=99999").text
    assert "There are no recalls of this entry." in none
    assert client.get("/staff/disclosures/recalls/?entry=x").status_code == 200


def test_a_changed_record_is_an_alarm_that_leads_to_the_check_of_the_log(client, disclosure):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sharing_disclosureline DISABLE TRIGGER ALL")
        cursor.execute("UPDATE sharing_disclosureline SET outcome = 1, reason = 7, item_set = 1")
    client.force_login(OfficerFactory(roles=[Role.AUDITOR]))
    page = client.get(address(disclosure)).text
    assert "the record or the rules have been changed" in page
    assert "/staff/log/check/" in page


def test_where_a_protected_pupil_goes_to_school_is_not_shown(client, disclosure, pupil, officer):
    protect(pupil, since=None, reason="adoption", source=Source.OFFICER, by=officer, at=NOON)
    page = client.get(address(disclosure)).text
    assert "must not be found" in page
    assert "Example High" not in page


def test_statistics_and_requests_say_why_there_is_nothing_to_decide(client, lived_in, officer):
    client.force_login(officer)
    tables = Disclosure.objects.filter(origin="statistics").first()
    given = Disclosure.objects.filter(origin="after-the-fact").first()
    if tables:
        assert "whole tables" in client.get(address(tables)).text
    page = client.get(address(given)).text
    assert "It would not be allowed today for the same reasons." in page


def test_the_page_takes_as_many_queries_for_many_rows(
    client, pupil, officer, django_assert_max_num_queries
):
    shared = DisclosureFactory(days=-2)
    client.force_login(officer)
    with django_assert_max_num_queries(110):
        client.get(address(shared))
