"""Files created from pupil records, by hand or on a schedule."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import transaction

from consent.models import Pupil
from sharing.auditing.verifying import verify_log
from sharing.from_roll import defining
from sharing.models import Disclosure, Release, ReleaseDefinition
from sharing.statistics.roll import count_roll
from tests.example import DAY, NOON
from tests.factories.consent import ProtectionFactory
from tests.factories.ground import OfficerFactory
from tests.forms import day_fields
from tests.log_entries import events
from tests.mails import run_jobs
from tests.races import in_thread
from tests.releases import content_of_response


@pytest.mark.django_db
class TestDefinitions:
    FORM = {
        "name": "Connexions, monthly",
        "agreement": "WIG-CNX",
        "purpose": "careers-guidance",
        "items": ["pupil.surname", "pupil.school"],
        "every": "month",
        **day_fields("next_on", DAY),
    }

    @pytest.fixture
    def defined(self, example, client, officer):
        client.force_login(officer)
        response = client.post("/staff/releases/definitions/new/", self.FORM)
        assert response.status_code == 302, response.text
        return ReleaseDefinition.objects.get()

    def test_it_is_made_from_the_roll_and_stops_for_a_second_officer(
        self, defined, client, second_officer, officer
    ):
        url = client.post(f"/staff/releases/definitions/{defined.pk}/run/").url
        run_jobs()
        page = client.get(url).text
        assert "This was created from pupil records." in page
        assert "will be released" in page
        client.post(f"{url}release/")
        assert Release.objects.get().state == Release.State.CHECKED
        client.force_login(second_officer)
        client.post(f"{url}approve/")
        client.force_login(officer)
        client.post(f"{url}release/")
        lines = list(
            csv.DictReader(
                io.StringIO(content_of_response(client.post(f"{url}download/")).decode())
            )
        )
        assert lines
        assert set(lines[0]) == {"UPN", "Surname", "School"}
        assert Disclosure.objects.get().origin == "scheduled"
        verify_log(lambda entries: None)

    def test_it_runs_on_its_day_and_then_on_the_next(self, defined, officer, time_machine):
        assert defining.run_due(at=NOON - timedelta(days=1)) == 0
        assert defining.run_due(at=NOON) == 1
        assert defining.run_due(at=NOON) == 0
        defined.refresh_from_db()
        assert defined.next_on == date(2026, 12, 23)
        run_jobs()
        release = Release.objects.get()
        assert (release.state, release.must_be_approved, release.source) == (
            "checked",
            True,
            "roll",
        )

    def test_who_is_meant(self, defined):
        def number(**change):
            for name, value in {"schools": [], "year_groups": [], **change}.items():
                setattr(defined, name, value)
            return defining.pupils_of(defined, on=DAY).count()

        whole = number()
        assert 0 < number(schools=["990001"]) < whole
        assert 0 < number(year_groups=["9"]) < whole
        teenagers = number(youngest=13, oldest=19)
        assert 0 < teenagers < whole
        assert number(youngest=13, oldest=13) + number(youngest=14, oldest=19) == teenagers

    def test_a_protected_pupil_is_in_no_file_that_is_limited_to_schools_or_years(self, defined):
        def covers(**change):
            for name, value in {"schools": [], "year_groups": [], **change}.items():
                setattr(defined, name, value)
            return defining.pupils_of(defined, on=DAY).filter(pk=pupil.pk).exists()

        pupil = Pupil.objects.on_roll().exclude(year_group="").first()
        limits = {"schools": [pupil.school.urn]}, {"year_groups": [pupil.year_group]}
        assert all(covers(**limit) for limit in limits)
        ProtectionFactory.create(pupil=pupil)
        assert covers()
        school_order = defining.pupils_of(defined, on=DAY).query.order_by
        assert "school__urn" not in school_order
        assert not any(covers(**limit) for limit in limits)

    def test_a_year_group_in_raised_figures_is_no_number(self, defined, client):
        Pupil.objects.filter(year_group="9").update(year_group="²")
        assert client.get("/staff/releases/definitions/new/").status_code == 200
        assert "²" in count_roll("year_group", "sex", DAY).rows

    @pytest.mark.parametrize("change", [{"is_active": False}, {"roles": ["school-staff"]}])
    def test_whoever_answers_for_it_must_still_be_an_officer(
        self, defined, client, officer, second_officer, change
    ):
        type(officer).objects.filter(pk=officer.pk).update(**change)
        assert defining.run_due(at=NOON) == 0
        client.force_login(second_officer)
        assert "is no longer a council officer" in client.get("/staff/releases/definitions/").text
        client.post(f"/staff/releases/definitions/{defined.pk}/", self.FORM)
        ReleaseDefinition.objects.update(next_on=NOON.date())
        assert defining.run_due(at=NOON) == 1
        assert Release.objects.get().requested_by == second_officer

    def test_nobody_in_it_is_said_and_keeps_no_other_back(self, defined, client, officer):
        ReleaseDefinition.objects.update(year_groups=["99"])
        other = client.post("/staff/releases/definitions/new/", {**self.FORM, "name": "B"})
        assert other.status_code == 302
        assert defining.run_due(at=NOON) == 1
        defined.refresh_from_db()
        assert "headings but no rows" in defined.problem
        assert "Last run failed" in client.get("/staff/releases/definitions/").text
        page = client.post(f"/staff/releases/definitions/{defined.pk}/run/", follow=True).text
        assert "The file was not created" in page

    @pytest.mark.parametrize(
        ("every", "last", "today", "expected"),
        [
            ("week", date(2026, 11, 2), date(2026, 11, 2), date(2026, 11, 9)),
            ("week", date(2026, 11, 2), date(2026, 11, 20), date(2026, 11, 23)),
            ("month", date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)),
            ("quarter", date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1)),
            ("year", date(2024, 2, 29), date(2026, 3, 1), date(2027, 2, 28)),
        ],
    )
    def test_the_next_day_of_a_schedule(self, every, last, today, expected):
        assert defining.next_day(every, last, today) == expected

    def test_it_is_changed_and_taken_away(self, defined, client, django_assert_max_num_queries):
        address = f"/staff/releases/definitions/{defined.pk}/"
        with django_assert_max_num_queries(12):
            assert "Connexions, monthly" in client.get(address).text
        wrong = client.post(address, {**self.FORM, "youngest": "9", "oldest": "8"})
        assert "must be the same as or more than" in wrong.text
        undated = dict.fromkeys(day_fields("next_on", DAY), "")
        for change, said in (
            (undated, "Enter the date of the first run"),
            (day_fields("next_on", DAY - timedelta(days=1)), "First run must be today or in the"),
        ):
            wrong = client.post(address, {**self.FORM, **change})
            assert wrong.status_code == 422
            assert said in wrong.text
        defined.refresh_from_db()
        assert defined.next_on == DAY
        assert client.post(address, {**self.FORM, "every": "never"}).status_code == 302
        defined.refresh_from_db()
        assert defined.next_on is None
        client.post(f"{address}forget/")
        assert not ReleaseDefinition.objects.exists()
        assert events()[-1] == "release-undefined"


def test_one_that_another_process_runs_is_left_to_it(committed, client):
    client.force_login(OfficerFactory(email="officer@example.org"))
    client.post("/staff/releases/definitions/new/", TestDefinitions.FORM)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        ReleaseDefinition.objects.select_for_update().get()
        assert pool.submit(in_thread, partial(defining.run_due, at=NOON)).result(10) == 0
    assert ReleaseDefinition.objects.get().next_on == DAY
    assert not Release.objects.exists()
