"""Officers' pages of the nightly control (K3)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from sharing.models import ControlResult, ControlRun, Resumption, ResumptionAnswer
from sharing.tasks import control, control_night, remind
from tests.example import NOON
from tests.factories.control import failed_control, held_control, resumption
from tests.factories.sharing import ReadyReleaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy", "pupil")]
CONTROL, NIGHTS = "/staff/control/", "/staff/control/nights/"


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def test_before_the_first_night_there_is_nothing_to_show(signed_in):
    assert "No control has run yet. The first one runs tonight." in signed_in.get(CONTROL).text
    assert "No control has run yet." in signed_in.get(NIGHTS).text


def test_a_button_runs_it_and_the_page_waits(signed_in, officer):
    held_control()
    last = ControlRun.objects.get()
    answer = signed_in.post(reverse("staff-control-run-now"))
    assert answer["Location"] == f"{CONTROL}?since={last.pk}"
    page = signed_in.get(answer["Location"])
    assert page["Refresh"] == "2"
    assert "The control is running" in page.text
    job = ProcrastinateJob.objects.get(task_name="sharing.control")
    control(**job.args)
    page = signed_in.get(answer["Location"])
    assert "Refresh" not in page
    assert "The control is running" not in page.text
    assert ControlRun.objects.first().by == officer


def test_it_runs_by_the_clock_and_in_the_morning_if_the_night_was_missed():
    control_night(0)
    assert ControlRun.objects.get().by is None
    remind(0)
    assert ControlRun.objects.count() == 1


def test_the_last_400_nights_show_those_on_which_it_did_not_run(signed_in):
    held_control(NOON - timedelta(days=500))
    held_control(NOON - timedelta(days=399))
    failed_control(NOON - timedelta(days=2))
    page = signed_in.get(NIGHTS).text
    assert page.count("<tr") == 401
    assert page.count("Did not run") == 397
    assert page.count("Not yet") == 1
    assert "2 checks: 1 failed, 1 held" in page


def test_the_page_of_nights_takes_as_many_queries_however_many_there_are(
    signed_in, django_assert_num_queries
):
    held_control()
    with django_assert_num_queries(6):  # session, user, council, and 3
        signed_in.get(NIGHTS)
    for days in range(1, 8):
        held_control(NOON - timedelta(days=days))
    with django_assert_num_queries(6):
        signed_in.get(NIGHTS)


def test_one_control_shows_what_it_found(signed_in):
    run = failed_control()
    page = signed_in.get(reverse("staff-control-run", args=[run.pk])).text
    for heading in ControlResult.objects.get(outcome="failed").beyond:
        assert heading in page
    assert signed_in.get(reverse("staff-control-run", args=[run.pk + 1])).status_code == 404


def test_a_control_that_has_not_run_for_two_days_stands_out(signed_in):
    held_control(NOON - timedelta(days=3))
    assert "No control has run since" in signed_in.get(CONTROL).text


def test_while_it_has_failed_pages_say_so_and_offer_no_download(signed_in, officer):
    release = ReadyReleaseFactory.create(by=officer)
    path = reverse("staff-release", args=[release.pk])
    assert "Download file" in signed_in.get(path).text
    failed_control()
    for address in (path, reverse("staff-releases"), reverse("staff-statistics")):
        assert "No file can leave at the moment." in signed_in.get(address).text
    assert "Download file" not in signed_in.get(path).text
    answer = signed_in.post(reverse("staff-release-download", args=[release.pk]), follow=True)
    assert "No file can leave at the moment" in answer.text
    assert "No file can leave" in signed_in.get("/staff/").text


def test_two_officers_end_it_on_the_pages(signed_in, client, second_officer):
    failed_control()
    assert "Ask an approving officer" not in signed_in.get(CONTROL).text
    held_control()
    page = signed_in.post(reverse("staff-control-resume"), {"reason": ""})
    assert page.status_code == 422
    assert "Enter what was wrong" in page.text
    signed_in.post(reverse("staff-control-resume"), {"reason": "The writer is mended."})
    said = Resumption.objects.get()
    own = reverse("staff-control-answer", args=[said.pk])
    assert "another officer must answer" in signed_in.get(own, follow=True).text
    client.force_login(second_officer)
    assert "Answer as an approving officer" in client.get("/staff/").text
    assert "The writer is mended." in client.get(own).text
    assert client.post(own, {"answer": "no", "note": ""}).status_code == 422
    client.post(own, {"answer": "no", "note": "Which writer?"})
    assert "Not yet: Which writer?" in client.get(CONTROL).text
    client.post(reverse("staff-control-resume"), {"reason": "That of files."})
    said = Resumption.objects.latest("pk")
    assert said.by == second_officer


def test_agreeing_lets_files_leave(signed_in, client, officer, second_officer):
    failed_control()
    said = resumption(second_officer, NOON)
    answer = signed_in.post(
        reverse("staff-control-answer", args=[said.pk]), {"answer": "yes"}, follow=True
    )
    assert "Files can leave again." in answer.text
    assert ResumptionAnswer.objects.get().by == officer
    assert "No file can leave" not in signed_in.get(reverse("staff-releases")).text


def test_a_statement_while_files_can_leave_is_refused(signed_in):
    answer = signed_in.post(reverse("staff-control-resume"), {"reason": "x"}, follow=True)
    assert "Files can leave already." in answer.text


def test_a_control_that_did_not_finish_is_a_task(signed_in, monkeypatch):
    monkeypatch.setattr("sharing.control.running.rehearse", lambda *_, **__: 1 / 0)
    held_control()
    page = signed_in.get("/staff/").text
    assert "The last nightly control" in page
    assert "did not finish" in page
