"""The form, the check page and the entry of what was given without the desk."""

import csv
import io
import threading
from datetime import date
from functools import partial

import pytest
from django.db import connections

from consent.models import Pupil
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from sharing.disclosures import after_the_fact
from sharing.models import Disclosure, DisclosureLine, Incident, IncidentStep
from sharing.review import destruction, incidents
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory
from tests.factories.ground import OfficerFactory
from tests.forms import day_fields
from tests.log_entries import events
from tests.races import all_at_once
from tests.recording import ANSWERS, CALL, NOBODY, check_page, hidden_answers, record
from tests.releases import content_of_response
from tests.rolls import ROLL_HEADINGS, pupil_row

ADDRESS = "/staff/disclosures/record/"
OTHER = "F999000000001"
Step = IncidentStep.Kind


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


@pytest.mark.django_db
class TestCheckPage:
    def test_it_shows_whom_it_is_about_and_what_the_rules_say(self, desk):
        page = check_page(desk, **CALL, upns=f"{UPN}\n{NOBODY}", unnamed="2")
        assert "Nobody can change or delete this record afterwards" in page
        assert "The rules do not allow this." in page
        assert "No agreement was selected." in page
        assert "There is no agreement with this reference" not in page
        assert "Ella Barlow, born 5 May 2012" in page
        assert "On the pupil records: 1 pupil" in page
        assert "Not on the pupil records: 1 person" in page
        assert NOBODY in page
        assert "Number not known: 2 people" in page
        assert "No date was agreed" in page

    def test_it_says_what_an_opt_out_does_not_allow(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        page = check_page(desk)
        assert "The rules do not allow all of this." in page
        assert "1 of 1 people: The pupil is opted out" in page

    def test_what_is_in_line_is_said_too(self, desk):
        page = check_page(desk)
        assert "The rules allow this." in page
        assert "As the agreement says" in page

    def test_change_keeps_every_answer(self, desk):
        page = check_page(desk, **CALL, upns=f"{UPN}\n{NOBODY}", note="One.\nTwo.")
        form = desk.post(ADDRESS, hidden_answers(page, "change"))
        assert form.status_code == 200
        assert "There is a problem" not in form.text
        assert f"{UPN}\n{NOBODY}" in form.text
        assert "One.\nTwo." in form.text
        assert '<option value="alkemygold" selected>' in form.text
        assert 'value="pupil.surname" checked' in form.text
        assert f'value="{DAY.year}"' in form.text
        assert not Disclosure.objects.exists()

    def test_a_form_that_is_sent_twice_is_recorded_once(self, desk):
        answers = hidden_answers(check_page(desk, **CALL), "record")
        first, second = desk.post(ADDRESS, answers), desk.post(ADDRESS, answers)
        assert first.url == second.url
        assert Disclosure.objects.count() == Incident.objects.count() == 1

    def test_the_look_at_the_pupils_is_logged(self, desk, pupil):
        check_page(desk)
        assert str(pupil.reference).encode() in bytes(Entry.objects.last().body)


@pytest.mark.django_db
class TestWhom:
    def test_a_pupil_is_found_by_name_and_added(self, desk, pupil):
        found = desk.post(ADDRESS, {**ANSWERS, "upns": "", "q": "barlow", "press": "find"})
        assert found.status_code == 200
        assert "Ella Barlow, born 5 May 2012" in found.text
        ticked = {**ANSWERS, "upns": "", "q": "", "press": "find", "add": str(pupil.reference)}
        page = desk.post(ADDRESS, ticked).text
        assert f">\n{UPN}</textarea>" in page or f">{UPN}</textarea>" in page
        assert "An adviser rang." in page

    def test_a_pupil_whose_number_is_in_the_form_is_not_added_again(self, desk, pupil):
        ticked = {**ANSWERS, "upns": UPN, "press": "find", "add": str(pupil.reference)}
        assert desk.post(ADDRESS, ticked).text.count(UPN) == 1

    @pytest.mark.parametrize("ticked", ["nobody", "0" * 36, ""])
    def test_a_tick_for_nobody_adds_nothing(self, desk, ticked):
        page = desk.post(ADDRESS, {**ANSWERS, "upns": UPN, "press": "find", "add": ticked})
        assert page.status_code == 200
        assert UPN in page.text

    @pytest.mark.parametrize(
        "written",
        [f"{UPN} {TWIN}", f"P207 000 016 049\n{TWIN.lower()}", f"{UPN};{TWIN}\r\n\r\n"],
    )
    def test_numbers_are_read_however_they_are_written(self, desk, written):
        assert record(desk, upns=written).rows_total == 2

    def test_a_pupil_with_a_former_and_the_present_number_is_one(self, desk, write):
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(Former_UPNs=TWIN)}"))
        assert Pupil.objects.get().upns.count() == 2
        entry = record(desk, upns=f"{TWIN}\n{UPN}")
        assert (entry.rows_total, entry.outcome, entry.out_of_line) == (1, "released", False)

    def test_people_whose_number_nobody_knows_are_counted(self, desk, pupil):
        entry = record(desk, upns=UPN, unnamed="2")
        assert (entry.rows_total, entry.rows_withheld, entry.out_of_line) == (3, 2, True)
        people = DisclosureLine.objects.order_by("row").values_list("person", "item_set")
        assert list(people) == [(pupil.reference, 0), (None, 0), (None, 0)]
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text
        assert "3 people (of whom 2 are not identified in our pupil records)" in page
        verify_log(lambda entries: None)

    def test_people_alone_of_whom_nobody_knows_the_number(self, desk):
        entry = record(desk, **CALL, upns="", unnamed="1")
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text
        assert "1 person who is not identified in our pupil records" in page


@pytest.mark.django_db
class TestEntry:
    def test_it_says_what_went_to_whom_by_what_means_and_that_it_was_not_allowed(self, desk):
        entry = record(desk, **CALL)
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text
        assert (
            "We shared information about 1 pupil with Alkemygold Limited by phone: phone; surname. "
            "The rules did not allow it."
        ) in " ".join(page.split())
        for untrue in (
            "Nothing",
            "Withheld",
            "Refused",
            "There is no agreement with this",
            "Never",
        ):
            assert untrue not in page.split("<main")[1]
        assert "No agreement was selected." in page
        listed = desk.get("/staff/disclosures/").text.split("<main")[1]
        assert "We shared information about 1 person with Alkemygold Limited by phone" in listed
        assert "Nothing was released" not in listed

    def test_of_what_was_cut_it_does_not_say_that_it_stayed(self, desk, pupil):
        DecisionFactory(pupil=pupil)
        entry = record(desk)
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text.split("<main")[1]
        assert "The rules did not allow all of it." in page
        assert "Withheld" not in page
        assert "withheld" not in page

    def test_its_line_of_the_csv_says_that_it_left(self, desk):
        record(desk, **CALL)
        text = content_of_response(desk.get("/staff/disclosures/log.csv")).decode()
        (cells,) = csv.DictReader(io.StringIO(text))
        assert (cells["Rows"], cells["Rows in full"], cells["Rows withheld"]) == ("1", "1", "0")
        assert (cells["Delete by"], cells["Sent"]) == ("No date agreed", "yes")
        assert cells["What happened"].startswith(
            "We shared information about 1 person with Alkemygold Limited"
        )

    def test_without_an_agreed_date_it_stands_with_what_is_to_be_destroyed(self, desk):
        entry = record(desk, **CALL)
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text
        assert "No date agreed" in page
        assert "Record deletion" in page
        assert list(destruction.outstanding()) == [entry]
        assert "No date agreed" in desk.get("/staff/disclosures/keeping/").text
        assert destruction.remind(at=NOON) == 0

    def test_an_agreed_date_is_kept(self, desk):
        call = {**CALL, "keeping": "agreed", **day_fields("destroy_by", date(2027, 8, 31))}
        entry = record(desk, **call)
        assert entry.destroy_by == date(2027, 8, 31)
        assert "31 August 2027" in desk.get(f"/staff/disclosures/{entry.entry}/").text
        verify_log(lambda entries: None)

    def test_an_agreement_says_itself_by_when(self, desk):
        entry = record(desk, keeping="agreed", **day_fields("destroy_by", date(2050, 1, 1)))
        assert entry.destroy_by != date(2050, 1, 1)

    def test_an_entry_made_before_there_was_a_check_page_reads_truthfully(self, desk, officer):
        """It may hold numbers that are none."""
        given = after_the_fact.PastDisclosure(
            agreement="", recipient="alkemygold", purpose="performance-analysis", on=DAY,
            means="phone", items=["pupil.surname"], upns=[UPN, "NONSENSE"], note="A call.",
            by=officer,
        )  # fmt: skip
        entry = after_the_fact.record_disclosure(given, at=NOON)
        page = desk.get(f"/staff/disclosures/{entry.entry}/").text
        assert "2 people (of whom 1 is not identified in our pupil records)" in page
        assert "No date agreed" in page


def test_two_presses_at_once_make_one_record(committed):
    officer = OfficerFactory(email="officer@example.org")
    entry = after_the_fact.PastDisclosure(
        agreement="", recipient="alkemygold", purpose="performance-analysis", on=DAY,
        means="phone", items=["pupil.surname"], upns=[NOBODY], note="A call.", by=officer,
        submission=officer.reference,
    )  # fmt: skip
    ready = threading.Barrier(2)

    def press():
        try:
            ready.wait()
            after_the_fact.record_disclosure(entry, at=NOON)
        finally:
            connections.close_all()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert Disclosure.objects.count() == 1
    assert Incident.objects.count() == 1


def test_two_who_close_an_incident_at_once_close_it_once(committed):
    officer, second = OfficerFactory.create_batch(2)
    entry = after_the_fact.PastDisclosure(
        agreement="", recipient="alkemygold", purpose="performance-analysis", on=DAY,
        means="phone", items=["pupil.surname"], upns=[NOBODY], note="A call.", by=officer,
    )  # fmt: skip
    incident = after_the_fact.record_disclosure(entry, at=NOON).incident

    def step(kind, by):
        return incidents.record_step(incident, kind, on=DAY, note="Done.", by=by, at=NOON)

    for kind in (Step.ASSESSED, Step.ICO_NOT_TOLD, Step.PEOPLE_TOLD, Step.RECALLED):
        step(kind, officer)
    ends = all_at_once(partial(step, Step.CLOSED, officer), partial(step, Step.CLOSED, second))
    (late,) = [end for end in ends if isinstance(end, NotNowError)]
    assert "already closed" in str(late)
    assert incident.steps.filter(kind=Step.CLOSED).count() == 1
    assert events().count("incident-closed") == 1
