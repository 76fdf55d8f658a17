"""Mails: kept with their cause, sent once, never lost, and nobody can make the portal flood."""

import json
import re
import signal
import smtplib
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from privacy_portal.ground.jobs import forget_done, restart_stalled
from privacy_portal.ground.limits.counting import attempt, client_of, forget
from privacy_portal.ground.limits.models import Attempt
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail import files, sending, tasks
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.mail.writing import Letter, try_again, write
from tests import mails
from tests.databases import database_url
from tests.example import NOON
from tests.many import store_many

DAY = timedelta(days=1)


def letter(key="a/1", to="ben@example.org"):
    context = {"council": "Wigan’s & “Co”", "notices": [], "link": "https://x/", "days": 7}
    return Letter(key, to, "notices/subscription-confirm", context, unsubscribe="https://x/end/")


def written(**changes):
    with transaction.atomic():
        write([letter(**changes)], at=NOON)
    return Message.objects.latest("pk")


@pytest.mark.django_db
class TestWriting:
    def test_a_mail_and_its_job_are_stored_with_their_cause_or_not_at_all(self):
        with transaction.atomic():
            write([letter()], at=NOON)
            assert ProcrastinateJob.objects.count() == 1
            transaction.set_rollback(True)
        assert not Message.objects.exists()
        assert not ProcrastinateJob.objects.exists()

    def test_nobody_is_told_the_same_twice(self):
        for _ in range(2):
            written()
        assert Message.objects.count() == 1
        assert ProcrastinateJob.objects.count() == 1

    def test_words_are_plain_text(self):
        message = written()
        assert message.subject == "Confirm that you want emails about privacy notices"
        assert "Wigan’s & “Co”" in message.text

    def test_a_mail_of_two_words_with_one_key_is_impossible(self):
        message = written()
        message.pk = None
        with pytest.raises(IntegrityError, match="mail_message_key_key"), transaction.atomic():
            message.save(force_insert=True)


@pytest.mark.django_db
class TestSending:
    def test_a_sent_mail_says_how_to_end_it_and_its_words_are_emptied(self):
        message = written()
        (sent,) = mails.sent()
        assert sent.to == ["ben@example.org"]
        assert sent.extra_headers["List-Unsubscribe"] == "<https://x/end/>"
        assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
        message.refresh_from_db()
        assert message.text == ""
        assert message.sent_at is not None

    def test_a_job_that_runs_twice_sends_once(self):
        message = written()
        for _ in range(2):
            sending.deliver(message.pk, at=NOON)
        assert len(mail.outbox) == 1

    def test_a_mail_server_that_fails_loses_nothing_and_officers_are_told(
        self, monkeypatch, client, officer
    ):
        def broken(*_, **__):
            raise smtplib.SMTPServerDisconnected("gone")

        message = written()
        with monkeypatch.context() as patch:
            patch.setattr(EmailMessage, "send", broken)
            for attempts in (0, tasks.ATTEMPTS):
                with pytest.raises(smtplib.SMTPException):
                    tasks.send.func(mails.Attempt(attempts), message.pk)
                message.refresh_from_db()
                assert (message.failed_at is not None) == bool(attempts)
        assert message.text
        assert "gone" in message.why
        client.force_login(officer)
        assert "Unsent emails" in client.get("/staff/").text
        assert "SMTPServerDisconnected: gone" in client.get("/staff/mails/").text
        response = client.post("/staff/mails/again/", follow=True)
        assert "Resending 1 email" in response.text
        assert len(mails.sent()) == 1
        assert "All emails have been sent." in client.get("/staff/mails/").text

    def test_an_officer_deletes_what_can_never_be_sent(self, client, officer):
        client.force_login(officer)
        failed, waiting = written(key="1"), written(key="2")
        sending.give_up(failed.pk, why="no such mailbox", at=NOON)
        for message in (failed, waiting):
            client.post(f"/staff/mails/{message.pk}/discard/")
        assert list(Message.objects.all()) == [waiting]
        (entry,) = [json.loads(bytes(entry.body)) for entry in Entry.objects.all()]
        assert (entry["event"], entry["mail"]) == ("mail-discarded", "1")
        assert "already been sent or deleted" in client.get("/staff/mails/").text

    def test_it_is_tried_again_for_three_hours(self):
        class Job:
            attempts = 0

        waits = []
        for Job.attempts in range(tasks.ATTEMPTS + 1):
            decision = tasks.RETRY.get_retry_decision(exception=OSError(), job=Job)
            waits.append(decision and decision.retry_at is not None)
        assert waits == [True] * tasks.ATTEMPTS + [None]
        assert tasks.RETRY.get_retry_decision(exception=KeyError(), job=Job) is None

    def test_a_mail_that_waits_for_long_is_seen(self):
        written()
        assert not Message.objects.overdue(NOON + timedelta(minutes=14))
        late = NOON + timedelta(minutes=16)
        assert Message.objects.overdue(late).count() == 1
        assert try_again(at=NOON) == 0
        assert try_again(at=late) == 1
        assert len(mails.sent()) == 1, "two jobs send one mail once"

    def test_a_mail_that_can_never_be_sent_is_seen_at_once(self):
        message = written()
        Message.objects.update(subject="two\nlines")
        with pytest.raises(BadHeaderError):
            tasks.send.func(mails.Attempt(0), message.pk)
        assert Message.objects.failed().get().why.startswith("BadHeaderError")

    def test_addresses_of_sent_mails_are_forgotten(self):
        written()
        mails.sent()
        assert sending.forget(before=NOON - DAY) == 0
        assert sending.forget(before=NOON + DAY) == 1

    def test_ten_thousand_mails_are_a_page_of_few_queries(
        self, client, officer, django_assert_max_num_queries
    ):
        words = {"to": "x@example.org", "subject": "s", "text": "t", "written_at": NOON}
        store_many(Message(key=str(n), **words) for n in range(10_000))
        client.force_login(officer)
        with django_assert_max_num_queries(8):
            assert client.get("/staff/mails/?page=100").status_code == 200


@pytest.fixture
def as_a_worker(committed):
    """The app as a job sees it in a worker: with the worker's own connections."""
    real = app.replace_connector(app.connector.get_worker_connector())
    with real as worker_app, worker_app.open():
        yield


@pytest.mark.usefixtures("as_a_worker")
class TestInsideAJob:
    """A job that writes mails holds itself to their transaction too."""

    def test_no_job_is_seen_before_its_mail_is_committed(self):
        def seen_by_others():
            with psycopg.connect(database_url(connection.settings_dict["NAME"])) as other:
                return other.execute(SENDING).fetchone()[0]

        with transaction.atomic():
            write([letter()], at=NOON)
            assert seen_by_others() == 0
        assert seen_by_others() == 1

    def test_what_is_rolled_back_leaves_no_job(self):
        with transaction.atomic():
            write([letter()], at=NOON)
            transaction.set_rollback(True)
        assert not ProcrastinateJob.objects.filter(task_name="mail.send").exists()


SENDING = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mail.send'"


def received(folder: Path) -> list[str]:
    return [each.to for each in map(files.read, (folder / "outbox").glob("*.eml"))]


def test_a_worker_sends_what_was_committed(worker, tmp_path):
    for number in range(5):
        written(key=str(number), to=f"{number}@example.org")
    for job in (restart_stalled, forget_done):
        job.defer(timestamp=0)
    assert worker().wait(timeout=60) == 0
    # What fell due by the clock meanwhile may be left to the next worker.
    ours = ProcrastinateJob.objects.exclude(args__timestamp__gt=0)
    assert {job.status for job in ours} == {"succeeded"}
    assert sorted(received(tmp_path)) == [f"{number}@example.org" for number in range(5)]
    assert not Message.objects.unsent().exists()


def test_a_mail_of_a_worker_that_was_killed_is_sent_by_the_next(worker, tmp_path):
    """The mail server accepts the connection and never answers; the worker is killed there."""
    written()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        killed = worker(EMAIL_URL=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        connected, _ = silent.accept()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        connected.close()
    assert ProcrastinateJob.objects.get(task_name="mail.send").status == "doing"
    assert Message.objects.unsent().count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
    with suppress(AlreadyEnqueued):  # by the clock, a moment ago
        restart_stalled.defer(timestamp=0)
    assert worker().wait(timeout=60) == 0
    if Message.objects.unsent().exists():
        # It was looked for before it was started again, or another job of the dead worker goes
        # first: the minute between them passes.
        ProcrastinateJob.objects.filter(status="todo").update(scheduled_at=None)
        assert worker().wait(timeout=60) == 0
    assert received(tmp_path) == ["ben@example.org"]
    assert not Message.objects.unsent().exists()


class TestNotify:
    """Against a server of the test's own that speaks as much of Notify as is used."""

    @pytest.fixture
    def notify(self):
        asked, answers = [], [(201, {"id": "1"})]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                asked.append((self.path, json.loads(self.rfile.read(length))))
                status, body = answers[-1]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args):
                """Nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with override_settings(
                NOTIFY_API_KEY=f"test-{UUID(int=1)}-{UUID(int=2)}",
                NOTIFY_TEMPLATE_ID="template",
                NOTIFY_URL=f"http://127.0.0.1:{server.server_port}",
                SENDING_BACKEND="privacy_portal.ground.mail.notify.EmailBackend",
            ):
                yield asked, answers
            server.shutdown()

    def test_a_mail_is_handed_over_with_the_address_that_ends_it(self, notify):
        asked, _ = notify
        headers = {"List-Unsubscribe": "<https://x/end/>"}
        connection = get_connection(settings.SENDING_BACKEND)
        EmailMessage(
            "Subject", "Words\n", to=["a@example.org"], headers=headers, connection=connection
        ).send()
        assert asked == [
            (
                "/v2/notifications/email",
                {
                    "email_address": "a@example.org",
                    "template_id": "template",
                    "personalisation": {"subject": "Subject", "body": "Words\n"},
                    "one_click_unsubscribe_url": "https://x/end/",
                },
            )
        ]

    @pytest.mark.django_db
    def test_what_notify_refuses_is_kept_and_said(self, notify):
        _, answers = notify
        answers.append((403, {"errors": [{"message": "Invalid token"}]}))
        message = written()
        with pytest.raises(OSError, match="Invalid token"):
            tasks.send.func(mails.Attempt(tasks.ATTEMPTS), message.pk)
        message.refresh_from_db()
        assert "GOV.UK Notify answered: 403" in message.why
        assert message.text


@pytest.mark.django_db
class TestLimits:
    def test_so_many_are_counted_and_no_more(self):
        hour = timedelta(hours=1)
        attempts = [attempt("x", "a", most=3, within=hour, at=NOON) for _ in range(5)]
        assert attempts == [True, True, True, False, False]
        assert attempt("x", "b", most=3, within=hour, at=NOON)
        assert attempt("y", "a", most=3, within=hour, at=NOON)
        assert attempt("x", "a", most=3, within=hour, at=NOON + hour)

    def test_nobody_can_be_read_from_it_and_it_is_forgotten(self):
        attempt("x", "192.0.2.7", most=3, within=DAY, at=NOON)
        assert re.fullmatch("[0-9a-f]{64}", Attempt.objects.get().who)
        forget(at=NOON + DAY)
        assert Attempt.objects.exists()
        forget(at=NOON + DAY + timedelta(seconds=1))
        assert not Attempt.objects.exists()

    @pytest.mark.parametrize(
        ("trusted", "forwarded", "client"),
        [
            (False, "203.0.113.9", "127.0.0.1"),
            (True, "203.0.113.9", "203.0.113.9"),
            (True, "10.9.9.9, 203.0.113.9", "203.0.113.9"),
            (True, "", "127.0.0.1"),
        ],
    )
    def test_only_the_proxy_is_believed(self, rf, trusted, forwarded, client):
        with override_settings(TRUST_PROXY_HEADERS=trusted):
            assert client_of(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == client


@pytest.mark.django_db
class TestQueueing:
    """Mails that libraries send on their own."""

    @pytest.fixture(autouse=True)
    def queued(self):
        with override_settings(EMAIL_BACKEND="privacy_portal.ground.mail.queueing.EmailBackend"):
            yield

    def test_the_link_for_a_forgotten_password_waits_and_is_sent(self, client, officer):
        given = {"email": officer.email}
        client.post("/accounts/password/reset/", given, headers={"Host": "localhost"})
        assert mail.outbox == []
        (message,) = mails.sent()
        assert message.to == [officer.email]
        assert f"{settings.PORTAL_ADDRESS}/accounts/password/reset/key/" in message.body
        page = client.get(mails.link_in(message, "/password/reset/key/"), follow=True)
        assert page.status_code == 200
        assert Message.objects.get().text == ""

    def test_what_cannot_wait_is_refused_and_not_lost_silently(self):
        message = EmailMessage("s", "t", to=["a@example.org"])
        message.attach("a.txt", "x", "text/plain")
        with pytest.raises(ValueError, match="no attachments"):
            message.send()


def test_two_at_the_same_moment_are_counted_one_after_the_other(committed):
    from concurrent.futures import ThreadPoolExecutor

    def one(_):
        try:
            return attempt("x", "a", most=3, within=DAY, at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 3


class TestMailsOfLibraries:
    BACKEND = "privacy_portal.ground.mail.queueing.EmailBackend"

    @pytest.mark.django_db
    def test_they_wait_to_be_sent_to_each_address(self):
        to, copy = "ben@example.org", "ann@example.org"
        message = EmailMessage("A subject", "A text", to=[to], cc=[copy])
        assert get_connection(self.BACKEND).send_messages([message]) == 1
        assert mail.outbox == []
        assert [sent.to for sent in mails.sent()] == [[to], [copy]]
        assert {(sent.subject, sent.body) for sent in mail.outbox} == {("A subject", "A text")}

    @pytest.mark.django_db
    def test_one_with_an_attachment_is_refused(self):
        message = EmailMessage("A subject", "A text", to=["ben@example.org"])
        message.attach("pupils.csv", "UPN")
        with pytest.raises(ValueError, match="no attachments"):
            get_connection(self.BACKEND).send_messages([message])
        assert not Message.objects.exists()
