"""The log on pages: searched, an entry, and as CSV; for officers and auditors alone."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from consent.protection.recording import protect
from privacy_portal.ground import days
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.appending import append, body, record
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.searching import NOBODY, Wanted
from sharing.log_search import lines as in_words
from sharing.log_search.words import EVENTS, GROUPS
from tests.example import NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory, SchoolStaffFactory, UserFactory
from tests.log_entries import entries, events

pytestmark = pytest.mark.django_db

LOG = "/staff/log/"
SEQ = re.compile(r">Entry (\d+)<")


def numbers(page):
    """The numbers of the entries that a page lists."""
    return [int(number) for number in SEQ.findall(page.text)]


def text_of(page):
    return " ".join(page.text.split())


@pytest.fixture
def colleague():
    return OfficerFactory(name="Rosa Bell")


@pytest.fixture
def zara():
    return PupilFactory(forename="Zara", surname="Adeyemi")


@pytest.fixture
def world(client, officer, colleague, zara):
    """Six entries: 0 to 5, of three days."""
    other = str(PupilFactory().reference)
    zara_is = str(zara.reference)
    append(
        [
            body("pupil-opened", at=NOON - timedelta(days=9), by=officer, person=zara_is),
            body("pupils-listed", at=NOON - timedelta(days=9), by=colleague, people=[other, zara_is]),
            body("signed-in", at=NOON - timedelta(days=2), by=colleague, steps=["password"]),
            body("person-added", at=NOON - timedelta(days=2), by=officer, person=str(colleague.reference)),
            body("pupil-opened", at=NOON, by=colleague, person=other),
            body("opt-out-received", at=NOON, by=None, request="AAA-AAA-AAAA", received=""),
        ]
    )  # fmt: skip
    client.force_login(officer)
    return client


def found(**wanted):
    return [entry.seq for entry in searching.entries(Wanted(**wanted), before=None, most=50)]


def test_each_filter_finds_its_entries_newest_first(world, officer, colleague, zara):
    assert found() == [5, 4, 3, 2, 1, 0]
    assert found(events=("pupil-opened",)) == [4, 0]
    assert found(events=("pupil-opened", "signed-in")) == [4, 2, 0]
    assert found(by=str(officer.reference)) == [3, 0]
    assert found(by=NOBODY) == [5]
    assert found(by=str(colleague.reference), events=("pupil-opened", "signed-in")) == [4, 2]
    assert found(about=(str(zara.reference),)) == [1, 0]
    assert found(about=(str(zara.reference),), events=("pupils-listed",)) == [1]
    assert found(about=(str(zara.reference),), by=str(officer.reference)) == [0]
    # What somebody did is not about them.
    assert found(person=str(colleague.reference)) == [3]
    assert found(person=str(colleague.reference), about=(str(zara.reference),)) == []
    assert found(first=NOON - timedelta(days=3)) == [5, 4, 3, 2]
    assert found(last=NOON - timedelta(days=3)) == [1, 0]
    assert found(first=NOON - timedelta(days=3), last=NOON - timedelta(days=1)) == [3, 2]
    assert found(first=NOON + timedelta(days=1)) == []
    assert found(last=NOON - timedelta(days=30)) == []
    assert found(first=NOON - timedelta(days=3), by=str(officer.reference)) == [3]


def test_an_entry_out_of_the_order_of_times_is_on_its_day_all_the_same(officer):
    """Times are taken when an event begins, numbers when it ends."""
    minute = timedelta(minutes=1)
    for at in (NOON, NOON + 3 * minute, NOON + minute, NOON + 2 * minute):
        record("signed-in", at=at, by=officer, steps=[])
    assert found(first=NOON + 2 * minute) == [3, 1]
    assert found(last=NOON + minute) == [2, 0]
    assert found(first=NOON + minute, last=NOON + 2 * minute) == [3, 2]


def test_the_page_finds_what_its_form_asks_for(world, officer, colleague, zara):
    def listed(**filters):
        page = world.get(LOG, filters)
        assert page.status_code == 200
        return numbers(page)

    # The sign-in of the test and looks at the page itself are entries too.
    assert listed()[-6:] == [5, 4, 3, 2, 1, 0]
    assert listed(event="signed-in") == [2]
    assert listed(event="group:Signing in") == [2]
    assert listed(by=colleague.reference) == [4, 2, 1]
    assert listed(by="nobody") == [5]
    assert listed(person=colleague.reference) == [3]
    assert listed(pupil="zara ade", event="pupil-opened") == [0]
    assert listed(pupil=zara.reference, event="pupil-opened") == [0]
    on = days.day_of(NOON - timedelta(days=2))
    parts = {"0": on.day, "1": on.month, "2": on.year}
    span = {
        f"{name}_{place}": value for name in ("first", "last") for place, value in parts.items()
    }
    assert listed(**span) == [3, 2]


def test_names_stand_in_place_of_references_and_looks_at_them_are_entries(world, zara):
    page = text_of(world.get(LOG, {"event": "pupil-opened"}))
    assert f'href="{reverse("staff-pupil", args=[zara.reference])}">Zara Adeyemi</a>' in page
    assert "Opened a pupil’s page" in page
    assert "Rosa Bell</a>" in page
    look = entries()[-1]
    assert look["event"] == "pupils-listed"
    assert str(zara.reference) in look["people"]


def test_of_many_people_one_is_named_and_the_others_are_counted(world):
    assert "and 1 more" in text_of(world.get(LOG, {"event": "pupils-listed"}))


def test_the_pupil_who_is_asked_for_is_named_of_many(world, zara):
    page = text_of(world.get(LOG, {"event": "pupils-listed", "pupil": zara.reference}))
    assert "Zara Adeyemi</a> and 1 more" in page


def test_who_was_erased_is_called_so(world, officer):
    record("pupil-opened", at=NOON, by=officer, person="5b3b9a0e-6ea7-4b36-9b3a-0b8f8f0d2a11")
    assert "Erased person" in text_of(world.get(f"{LOG}6/"))


def test_several_pupils_who_match_are_offered_and_none_is_said(world):
    PupilFactory(forename="Zara", surname="Adeyemo")
    page = text_of(world.get(LOG, {"pupil": "zara", "event": "pupil-opened"}))
    assert "Which pupil do you mean?" in page
    assert page.count("event=pupil-opened&amp;pupil=") == 2
    assert "No pupils found" in text_of(world.get(LOG, {"pupil": "qqqqqqqq"}))


def test_pages_go_on_where_the_one_before_ended(world, officer, monkeypatch):
    append([body("signed-in", at=NOON, by=officer, steps=[]) for _ in range(60)])
    first = world.get(LOG, {"event": "signed-in"})
    older = re.search(r'href="([^"]+before=\d+)"', first.text)
    assert older
    second = world.get(older[1].replace("&amp;", "&"))
    assert numbers(first) + numbers(second) == [*range(65, 5, -1), 2]
    assert "Back to the newest entries" in second.text
    assert "Older entries" not in second.text


def test_a_page_that_never_was_is_the_first_and_days_in_the_wrong_order_are_an_error(world):
    assert numbers(world.get(LOG, {"before": "x"})) != []
    assert numbers(world.get(LOG, {"before": "9" * 19})) != []
    span = {"first_0": 2, "first_1": 2, "first_2": 2026, "last_0": 1, "last_1": 2, "last_2": 2026}
    page = world.get(LOG, span)
    assert page.status_code == 422
    assert "To must be the same as or after From" in page.text
    assert world.get(f"{LOG}log.csv", span).status_code == 302
    assert world.get(f"{LOG}{10**30}/").status_code == 404
    assert world.get(f"{LOG}999/").status_code == 404


def test_the_file_has_what_is_filtered_and_is_an_entry_itself(world, zara, monkeypatch):
    monkeypatch.setattr(searching, "PIECE", 1)
    answer = world.get(f"{LOG}log.csv", {"pupil": zara.reference})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert rows[0] == list(in_words.HEADINGS)
    # The download is about the pupil, too, and newest.
    assert [int(row[0]) for row in rows[1:]] == [6, 1, 0]
    assert rows[-1][2:6] == ["Opened a pupil’s page", "pupil-opened", rows[-1][4], "Zara Adeyemi"]
    assert entries("file-downloaded")[-1] | {"at": ""} == {
        "event": "file-downloaded", "file": "log", "person": str(zara.reference), "at": "",
        "by": entries("file-downloaded")[-1]["by"],
    }  # fmt: skip


def test_the_page_of_an_entry_shows_it_as_it_is_written(world, zara):
    page = world.get(f"{LOG}0/")
    entry = Entry.objects.get(seq=0)
    assert bytes(entry.leaf).hex() in page.text
    written = re.search(r'<pre class="portal-written">(.*?)</pre>', page.text, re.DOTALL)
    assert written
    assert json.loads(written[1].replace("&#34;", '"')) == json.loads(bytes(entry.body))
    assert "Zara Adeyemi" in page.text
    assert events()[-1] == "pupils-listed"


def test_an_entry_leads_to_what_it_speaks_of(client, officer, policy):
    from tests.factories.sharing import DisclosureFactory

    disclosure = DisclosureFactory()
    client.force_login(officer)
    page = client.get(f"{LOG}{disclosure.entry}/").text
    assert reverse("staff-disclosure", args=[disclosure.entry]) in page
    agreement = disclosure.agreement_version.agreement
    assert reverse("staff-agreement", args=[agreement.pk]) in page
    seq = record(
        "release-expired", at=NOON, by=None, release="5b3b9a0e-6ea7-4b36-9b3a-0b8f8f0d2a11"
    )
    assert "/staff/releases/" not in client.get(f"{LOG}{seq}/").text.split("<main")[1]


def test_an_entry_does_not_say_where_a_protected_pupil_is(world, officer, zara):
    school = zara.school.urn
    at = {"at": NOON, "by": officer}
    seq = record("move-confirmed", person=str(zara.reference), to_school=school, move=1, **at)
    assert "The school is hidden here" not in world.get(f"{LOG}{seq}/").text
    protect(zara, since=None, reason="other", source="officer", **at)
    page = world.get(f"{LOG}{seq}/").text
    assert "The school is hidden here" in page
    assert school not in page.split("<main")[1]


def test_what_somebody_tampered_with_is_listed_and_breaks_nothing(world):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE log_entry DISABLE TRIGGER USER")
        for seq, data in (
            (0, b"not JSON"),
            (1, b"\xff"),
            (2, b'{"at":"~","event":"x"}'),
            (3, b"[]"),
        ):
            cursor.execute("UPDATE log_entry SET body = %s WHERE seq = %s", [data, seq])
    assert numbers(world.get(LOG))[-6:] == [5, 4, 3, 2, 1, 0]
    for seq in range(4):
        assert world.get(f"{LOG}{seq}/").status_code == 200
    assert found(first=NOON - timedelta(days=400))[-2:] == [5, 4]


@pytest.mark.parametrize("role", [Role.SCHOOL_STAFF, Role.NOTICE_EDITOR, Role.ADMINISTRATOR])
def test_only_officers_and_auditors_see_the_log(client, role, world):
    user = SchoolStaffFactory() if role is Role.SCHOOL_STAFF else UserFactory(roles=[role])
    client.force_login(user)
    for path in (LOG, f"{LOG}0/", f"{LOG}log.csv"):
        assert client.get(path).status_code == 403
    client.force_login(UserFactory(roles=[Role.AUDITOR], email="a@example.org"))
    assert client.get(LOG).status_code == 200


def test_every_event_can_be_asked_for(world):
    page = world.get(LOG).text
    for kind in EVENTS:
        assert f'<option value="{kind}"' in page
    assert page.count('<option value="group:') == len(GROUPS)


def test_a_long_log_takes_no_more_queries(world, officer, django_assert_max_num_queries):
    append([body("pupil-opened", at=NOON, by=officer, person=str(PupilFactory().reference))])
    with django_assert_max_num_queries(QUERIES):
        world.get(LOG)
    append(
        [
            body("pupil-opened", at=NOON, by=officer, person=str(PupilFactory().reference))
            for _ in range(20)
        ]
    )
    with django_assert_max_num_queries(QUERIES):
        world.get(LOG)


QUERIES = 14


def test_the_page_of_a_pupil_says_who_looked_at_them_and_leads_to_all_looks(world, zara):
    page = text_of(world.get(reverse("staff-pupil", args=[zara.reference])))
    looks = page.split("Who looked at this pupil")[1].split("</details>")[0]
    assert looks.index("Opened a pupil’s page") < looks.index("Saw pupils in a list")
    assert "Rosa Bell" in looks
    entries = re.findall(r'href="/staff/log/(\d+)/"', looks)
    href = re.search(r'href="(/staff/log/\?event=[^"]+)"', looks)
    assert href
    # The look that was just made is on both.
    assert [int(entry) for entry in entries] == numbers(world.get(href[1].replace("&amp;", "&")))


def test_school_staff_do_not_see_who_looked_at_their_pupil(client, zara, world):
    client.force_login(SchoolStaffFactory(email="s@example.org", school=zara.school))
    page = client.get(reverse("staff-pupil", args=[zara.reference]))
    assert page.status_code == 200
    assert "Who looked at this pupil" not in page.text
