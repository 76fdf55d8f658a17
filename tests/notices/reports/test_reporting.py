"""Corrections and complaints: acknowledged straight away, answered in time, all logged."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, transaction

from notices import presenters, queries
from notices.models import Outcome, Report, ReportStep
from notices.reports import reporting
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.terms import current as terms
from tests import mails
from tests.example import DAY, NOON
from tests.factories.notices import ReportFactory
from tests.log_entries import entries
from tests.many import store_many

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 23)
ANSWERS = {
    "kind": {"kind": "mistake"},
    "about": {"concerns": "child"},
    "person": {"person": "Ella Barlow", "born_0": "5", "born_1": "5", "born_2": "2012", "school": ""},
    "what": {"what": "Her address is wrong.", "wanted": "1 New Street"},
    "contact": {"name": "Ben Barlow", "email": "ben@example.org", "phone": ""},
}  # fmt: skip


def fill(client, **changes):
    """Goes through the pages that are asked; returns the last answer."""
    response = client.get("/report/kind/")
    step = "kind"
    while step != "check":
        response = client.post(f"/report/{step}/", {**ANSWERS[step], **changes.get(step, {})})
        if response.status_code != 302:
            return response
        step = response.url.split("/")[2]
    return response


def send(client, **changes):
    response = fill(client, **changes)
    if response.status_code != 302:
        return response
    assert client.get(response.url).status_code == 200
    return client.post("/report/check/", follow=True)


class TestReporting:
    def test_it_is_kept_and_acknowledged_at_once(self, policy, client):
        page = send(client).text
        report = Report.objects.get()
        assert report.reference in page
        assert "by <strong>23 December 2026</strong>" in page
        assert (report.person, report.born, report.due_on) == ("Ella Barlow", date(2012, 5, 5), DUE)
        (message,) = mails.sent()
        assert message.to == ["ben@example.org"]
        assert report.reference in message.subject
        assert "by 23 December 2026" in message.body
        assert "New Town Hall, Library Street" in message.body
        assert "https://ico.org.uk/" in message.body
        assert "Her address" not in message.body

    def test_nothing_is_kept_without_its_receipt(self, policy, monkeypatch):
        def broken(*_, **__):
            raise RuntimeError

        monkeypatch.setattr(reporting.log, "record", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            ReportFactory()
        assert not Report.objects.exists()
        assert not Message.objects.exists()

    def test_the_log_names_the_report_and_nobody(self, policy, client):
        send(client)
        (entry,) = [entry for entry in entries() if entry["event"] == "report-received"]
        assert entry["report"] == Report.objects.get().reference
        for word in ("Barlow", "Ella", "ben@", "address"):
            assert word not in json.dumps(entry)

    def test_a_complaint_about_nobody_in_particular_asks_for_no_person(self, policy, client):
        changes = {"kind": {"kind": "complaint"}, "about": {"concerns": "nobody"}}
        assert fill(client, **changes).url == "/report/check/"
        assert "Name of the person" not in client.get("/report/check/").text
        client.post("/report/check/")
        report = Report.objects.get()
        assert (report.kind, report.person, report.born) == ("complaint", "", None)
        assert "complaint" in mails.sent()[0].subject

    def test_a_mistake_is_about_somebody(self, policy, client):
        fill(client, kind={"kind": "complaint"}, about={"concerns": "nobody"})
        assert client.post("/report/kind/", {"kind": "mistake"}).url == "/report/about/"
        assert "Nobody’s in particular" not in client.get("/report/about/").text
        assert client.post("/report/about/", {"concerns": "nobody"}).status_code == 422

    def test_who_reports_their_own_mistake_gives_their_name_once(self, policy, client):
        response = client.post("/report/kind/", {"kind": "mistake"})
        client.post("/report/about/", {"concerns": "self"})
        assert "Name of the person" not in client.get("/report/person/").text
        send(client, about={"concerns": "self"})
        assert response.status_code == 302
        assert Report.objects.get().person == "Ben Barlow"

    def test_another_person_is_asked_for_anew(self, policy, client):
        fill(client)
        assert client.post("/report/about/", {"concerns": "self"}).url == "/report/person/"

    def test_answers_are_gone_once_they_are_sent(self, policy, client):
        send(client)
        assert client.get("/report/check/").url == "/report/done/"
        assert "Her address" not in str(Session.objects.get().get_decoded())
        assert client.post("/report/check/").url == "/report/done/"
        assert Report.objects.count() == 1

    def test_nobody_skips_a_question(self, policy, client):
        assert client.get("/report/check/").url == "/report/"
        assert client.get("/report/done/").url == "/report/"
        assert client.get("/report/what/").url == "/report/kind/"
        assert client.post("/report/contact/", ANSWERS["contact"]).url == "/report/kind/"
        assert client.get("/report/nope/").status_code == 404
        client.post("/report/kind/", {"kind": "mistake"})
        assert client.get("/report/check/").url == "/report/about/"

    @pytest.mark.parametrize(
        ("step", "answers", "told"),
        [
            ("kind", {"kind": ""}, "Select what you want to do"),
            ("about", {"concerns": ""}, "Select whose information it is"),
            ("person", {"person": ""}, "Enter the person’s full name"),
            ("person", {"born_2": "2112"}, "must be in the past"),
            ("person", {"born_1": ""}, "must include a month"),
            ("what", {"what": "  "}, "Enter what is wrong"),
            ("what", {"what": "x" * 5_001}, "Your answer must be 5,000 characters or fewer"),
            ("contact", {"email": ""}, "Enter your email address"),
            ("contact", {"name": ""}, "Enter your full name"),
        ],
    )
    def test_a_wrong_answer_says_what_is_wrong(self, policy, client, step, answers, told):
        page = fill(client, **{step: answers})
        assert page.status_code == 422
        assert told in page.text

    def test_the_date_of_birth_may_be_left_out(self, policy, client):
        send(client, person={"born_0": "", "born_1": "", "born_2": ""})
        assert Report.objects.get().born is None

    def test_one_place_is_slowed_and_loses_no_answers(self, policy, client, settings):
        settings.FORMS_SLOW = 20
        answers = [send(client).status_code for _ in range(21)]
        assert answers == [200] * 20 + [429]
        assert Report.objects.count() == 20
        assert client.get("/report/check/").status_code == 200, "the answers are not lost"

    def test_an_address_gets_so_many_receipts_a_day_and_the_rest_is_kept_without(
        self, policy, client, settings, officer
    ):
        settings.RECEIPTS_A_DAY = 2
        pages = [send(client).text for _ in range(3)]
        assert ["We have sent you a confirmation email" in page for page in pages] == [
            True,
            True,
            False,
        ]
        assert "Write down your" in pages[2]
        assert len(mails.sent()) == 2
        assert Report.objects.count() == 3
        client.force_login(officer)
        last = Report.objects.latest("pk").reference
        assert "No confirmation email sent" in client.get(f"/staff/reports/{last}/").text

    def test_the_start_page_tells_other_ways(self, policy, client):
        page = client.get("/report/").text
        assert "01942 486197" in page
        assert f"within {terms.number('report_days')} days" in page


class TestDesk:
    @pytest.fixture
    def report(self, policy, client, officer):
        client.force_login(officer)
        return ReportFactory()

    def test_it_is_answered_by_mail_and_the_look_is_logged(self, report, client, officer):
        here = f"/staff/reports/{report.reference}/"
        page = client.get(here).text
        assert "Her address is wrong." in page
        assert "30 days left" in page
        assert "waiting to be sent" in page
        mails.run_jobs()
        assert "Confirmation email sent." in client.get(here).text
        client.post(f"{here}take/")
        page = client.post(f"{here}answer/", {"outcome": "", "text": ""})
        assert page.status_code == 422
        assert "Select an outcome" in page.text
        answer = {"outcome": "right", "text": "We changed it."}
        page = client.post(f"{here}answer/", answer, follow=True).text
        assert "Reply sent" in page
        assert "Closed" in page
        message = mails.sent()[-1]
        assert "We changed it." in message.body
        assert "we have corrected the information" in message.body
        assert [entry["event"] for entry in entries() if entry["by"] == str(officer.reference)] == [
            "report-opened", "report-opened", "report-taken", "report-answered", "report-opened",
        ]  # fmt: skip

    def test_the_person_is_told_how_far_it_is(self, report, client):
        here = f"/staff/reports/{report.reference}/"
        client.post(f"{here}tell/", {"text": "We asked the school."})
        message = mails.sent()[-1]
        assert "We asked the school." in message.body
        assert "by 23 December 2026" in message.body

    def test_a_note_goes_to_nobody(self, report, client):
        client.post(f"/staff/reports/{report.reference}/note/", {"text": "Call the school"})
        assert len(mails.sent()) == 1
        assert "Call the school" in client.get(f"/staff/reports/{report.reference}/").text

    def test_what_is_answered_can_only_be_opened_again(self, report, client, officer):
        here = f"/staff/reports/{report.reference}/"
        reporting.answer(report.reference, outcome=Outcome.WRONG, text="No.", by=officer, at=NOON)
        for step in ("answer", "tell"):
            page = client.post(f"{here}{step}/", {"outcome": "right", "text": "x"}, follow=True)
            assert "You cannot do that now" in page.text
        assert "Reopen it if" in client.post(f"{here}take/", follow=True).text
        later = NOON + timedelta(days=40)
        reporting.reopen(report.reference, text="A letter came", by=officer, at=later)
        report.refresh_from_db()
        assert report.due_on == DUE + timedelta(days=40)
        assert queries.reports(answered=False).get() == report
        with pytest.raises(NotNowError):
            reporting.reopen(report.reference, text="x", by=officer, at=later)

    def test_the_queue_is_by_the_day_due_and_says_what_is_overdue(
        self, report, client, time_machine
    ):
        early = ReportFactory(at=NOON - timedelta(days=40))
        soon = ReportFactory(at=NOON - timedelta(days=25))
        page = client.get("/staff/reports/").text
        places = [page.index(each.reference) for each in (early, soon, report)]
        assert places == sorted(places)
        for words in (
            "10 days overdue",
            "5 days left",
            "30 days left",
            "<strong>1 overdue</strong>",
        ):
            assert words in page
        assert "3 cases" in client.get("/staff/").text
        assert "There are no closed cases yet." in client.get("/staff/reports/?answered=1").text

    def test_an_empty_queue_says_so(self, policy, client, officer):
        client.force_login(officer)
        assert "There are no open cases." in client.get("/staff/reports/").text
        assert client.get("/staff/reports/AAA-AAA-AAAA/").status_code == 404
        assert client.get("/staff/reports/AAA-AAA-AAAA/answer/").status_code == 404
        reference = ReportFactory().reference
        assert client.get(f"/staff/reports/{reference}/answer/").status_code == 200
        assert client.get(f"/staff/reports/{reference}/nonsense/").status_code == 404

    def test_ten_thousand_reports_are_pages_of_few_queries(
        self, report, client, officer, django_assert_max_num_queries
    ):
        words = {name: getattr(report, name) for name in ("kind", "concerns", "what", "due_on")}
        made = store_many(
            Report(reference=f"R{n}", submission=uuid4(), received_at=NOON, **words)
            for n in range(10_000)
        )
        store_many(
            ReportStep(report=each, kind="answered", outcome="right", text="x", at=NOON, by=officer)
            for each in made[:5_000]
        )
        for address, most in (
            ("/staff/reports/?page=90", 12),
            ("/staff/reports/?answered=1&page=90", 12),
            ("/staff/", 14),
        ):
            with django_assert_max_num_queries(most):
                assert client.get(address).status_code == 200


class TestClock:
    def test_officers_are_reminded_once_when_it_is_due_soon_and_once_when_overdue(
        self, policy, officer, second_officer, secretary
    ):
        report = ReportFactory()
        mails.run_jobs()
        mail.outbox.clear()
        told = {}
        for day in range(40):
            told[day] = reporting.remind(at=NOON + timedelta(days=day))
        assert {day: count for day, count in told.items() if count} == {23: 2, 31: 2}
        reminders = mails.sent()
        assert {reminder.to[0] for reminder in reminders} == {officer.email, second_officer.email}
        assert f"/staff/reports/{report.reference}/" in reminders[0].body
        assert "Nobody is dealing with it" in reminders[0].body
        assert reminders[-1].subject.startswith("Overdue")

    def test_who_took_it_on_is_reminded_alone(self, policy, officer, second_officer):
        report = ReportFactory()
        reporting.take(report.reference, by=officer, at=NOON)
        reporting.take(report.reference, by=second_officer, at=NOON)
        assert reporting.remind(at=NOON + timedelta(days=29)) == 1
        assert Message.objects.latest("pk").to == second_officer.email

    def test_what_is_answered_reminds_nobody(self, policy, officer):
        report = ReportFactory()
        reporting.answer(report.reference, outcome=Outcome.PARTLY, text="Yes.", by=officer, at=NOON)
        assert reporting.remind(at=NOON + timedelta(days=60)) == 0

    def test_it_is_erased_two_years_after_its_answer_and_the_log_keeps_the_reference(
        self, policy, officer
    ):
        report, waiting = ReportFactory(), ReportFactory()
        reporting.answer(report.reference, outcome=Outcome.RIGHT, text="Done.", by=officer, at=NOON)
        assert reporting.erase_old(at=NOON + timedelta(days=730)) == 0
        assert reporting.erase_old(at=NOON + timedelta(days=731)) == 1
        assert list(Report.objects.all()) == [waiting]
        assert entries()[-1]["event"] == "report-erased"
        assert entries()[-1]["report"] == report.reference


def test_a_step_is_never_edited(policy, officer):
    report = ReportFactory()
    reporting.note(report.reference, text="A note", by=officer, at=NOON)
    with pytest.raises(IntegrityError, match="UPDATE is refused"), transaction.atomic():
        ReportStep.objects.update(text="Another")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"kind": "answered", "text": "x"}, "report_answer_has_outcome"),
        ({"kind": "answered", "text": "", "outcome": "right"}, "report_step_has_words"),
        ({"kind": "note", "text": "x", "outcome": "right"}, "report_answer_has_outcome"),
        ({"kind": "note", "text": ""}, "report_step_has_words"),
        ({"kind": "nope", "text": "x"}, "report_step_kind"),
    ],
)
def test_the_database_refuses_a_step_that_says_nothing(policy, officer, change, constraint):
    report = ReportFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReportStep.objects.create(report=report, by=officer, at=NOON, **change)


def test_the_day_due_is_a_calendar_day_in_london(policy):
    just_before_midnight = NOON.replace(month=7, hour=22, minute=59)
    assert ReportFactory(at=just_before_midnight).due_on == date(2026, 8, 22)
    assert ReportFactory(at=just_before_midnight + timedelta(minutes=1)).due_on == date(2026, 8, 23)
    assert ReportFactory(at=NOON).due_on == DAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("left", "text", "colour"),
    [
        (-2, "2 days overdue", "red"),
        (-1, "1 day overdue", "red"),
        (0, "0 days left", "orange"),
        (1, "1 day left", "orange"),
        (7, "7 days left", "orange"),
        (8, "8 days left", ""),
    ],
)
def test_what_is_left_is_marked_when_it_is_little(left, text, colour):
    report = Report(due_on=DAY + timedelta(days=left))
    assert presenters.due(report, DAY, soon=7) == presenters.Due(text, colour)
