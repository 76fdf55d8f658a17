"""A monitor is told of what matters to security in lines of its own, and nobody is named in any."""

import io
import json
import logging

import pytest
from django.conf import settings as portal
from django.db import transaction
from django.test import Client
from django.utils.log import configure_logging

from privacy_portal import views
from privacy_portal.ground.log import appending
from privacy_portal.ground.monitor import lines, request_ids
from privacy_portal.signing_in import telling
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.mails import run_jobs
from tests.server_logs import leaks, personal


@pytest.fixture
def logged(monkeypatch):
    """What the handlers of the settings write: the server's log, and the lines for a monitor."""
    configure_logging(portal.LOGGING_CONFIG, portal.LOGGING)
    outs = io.StringIO(), io.StringIO()
    handlers = logging.getLogger().handlers[-1], logging.getLogger(lines.LOGGER).handlers[0]
    for handler, out in zip(handlers, outs, strict=True):
        monkeypatch.setattr(handler, "stream", out)
    return outs


@pytest.fixture
def told(logged):
    """The lines for a monitor so far."""
    return lambda: [json.loads(line) for line in logged[1].getvalue().splitlines()]


class TestRefusals:
    def test_a_page_that_a_role_may_not_open(self, client, secretary, told):
        client.force_login(secretary)
        page = client.get("/staff/releases/")
        (line,) = told()
        assert line["event"] == "page-refused"
        assert line["category"] == "refusal"
        assert line["by"] == str(secretary.reference)
        assert (line["method"], line["page"], line["status"]) == ("GET", "staff-releases", 403)
        assert line["request"] == page["X-Request-ID"]
        assert line["time"].startswith(NOON.date().isoformat())

    def test_somebody_elses_object_and_no_object_look_alike(self, client, secretary, policy, told):
        client.force_login(secretary)
        client.get("/staff/pupils/2e6f2a4e-6f8c-4a54-9c5c-1d6f0a5b7c10/")
        client.get("/opt-out/confirm/" + "x" * 43 + "/")
        assert {line["event"] for line in told()} <= {"private-page-not-there"}
        assert told()[0]["page"] == "staff-pupil"

    def test_a_form_of_another_site(self, secretary, told):
        client = Client(enforce_csrf_checks=True)
        client.force_login(secretary)
        assert client.post("/staff/opt-outs/key/", {"name": "Ella"}).status_code == 403
        assert [line["event"] for line in told()] == ["form-refused"]

    def test_a_host_that_is_not_ours(self, client, db, told):
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
        (line,) = told()
        assert (line["event"], line["by"]) == ("request-malformed", None)

    def test_a_page_that_is_served_says_nothing(self, client, policy, told):
        assert client.get("/").status_code == 200
        assert client.get("/nothing-here/").status_code == 404
        assert told() == []

    def test_who_tries_passwords_is_told_of_until_stopped(self, client, officer, told):
        sign_in = {"login": officer.email, "password": "wrong"}
        for _ in range(11):
            client.post("/accounts/login/", sign_in)
        assert told()[-1]["event"] == "too-many-sign-ins"
        assert told()[-1]["category"] == "limit"

    def test_one_address_has_one_source_and_is_not_in_it(self, client, secretary, told):
        client.force_login(secretary)
        for address in ("203.0.113.9", "203.0.113.9", "203.0.113.10"):
            client.get("/staff/releases/", REMOTE_ADDR=address)
        one, same, other = (line["source"] for line in told())
        assert one == same != other
        assert "203.0.113" not in one


class TestLogged:
    def test_what_the_log_has_of_signing_in_once_it_is_committed(self, committed, told):
        officer = OfficerFactory()
        client = Client()
        client.post("/accounts/login/", {"login": officer.email, "password": "wrong"})
        (line,) = told()
        assert (line["event"], line["step"]) == ("sign-in-failed", "password")
        assert line["by"] == str(officer.reference)
        assert line["category"] == "sign-in"
        entry = appending.Entry.objects.get(seq=line["entry"])
        assert b"sign-in-failed" in bytes(entry.body)

    def test_nothing_of_what_is_rolled_back(self, committed, told):
        officer = OfficerFactory()
        with transaction.atomic():
            appending.record("person-added", at=NOON, by=officer, person="x")
            transaction.set_rollback(True)
        assert told() == []

    def test_of_a_release_no_more_than_its_entry(self, committed, told):
        officer = OfficerFactory()
        with transaction.atomic():
            appending.record("disclosure", at=NOON, by=officer, recipient="PCT", rows={"total": 3})
            appending.record("decision-recorded", at=NOON, by=officer, pupil="x")
        (line,) = told()
        assert line["category"] == "download"
        assert set(line) == {"time", "event", "category", "by", "entry"}

    @pytest.mark.parametrize(
        ("event", "category"),
        [
            ("agreement-signed", "configuration"), ("agreement", None), ("person-added", "people"),
            ("disclosure", "download"), ("disclosure-late", None), ("pupil-opened", None),
        ],
    )  # fmt: skip
    def test_names_count_whole_or_as_a_beginning(self, event, category):
        assert lines.category_of(event) == category


@pytest.mark.parametrize("change", telling.CHANGES)
def test_every_change_of_how_somebody_signs_in_is_told(change):
    event, _ = telling.CHANGES[change]
    assert lines.category_of(event) == "sign-in"


class TestSignedOut:
    def test_who_signs_out_and_who_asks_for_a_link(self, client, officer, told):
        client.force_login(officer)
        client.post("/accounts/logout/")
        client.post("/accounts/password/reset/", {"email": officer.email})
        run_jobs()
        signed_out, asked, answered = told()
        assert (signed_out["event"], signed_out["by"]) == ("signed-out", str(officer.reference))
        assert asked["event"] == "password-link-asked"
        assert officer.email not in str(asked)
        assert answered["event"] == "password-link-sent"
        assert answered["person"] == str(officer.reference)


class TestErrors:
    def test_a_page_that_refuses_has_its_reference(self, client, secretary):
        client.force_login(secretary)
        page = client.get("/staff/releases/")
        assert page.status_code == 403
        assert f"tell us the reference <strong>{page['X-Request-ID']}</strong>" in page.text

    def test_the_reference_on_the_page_leads_to_the_error(self, client, db, monkeypatch, logged):
        def fails(*_, **__):
            raise ValueError("a fault of ours")

        client.raise_request_exception = False
        monkeypatch.setattr(views, "render", fails)
        page = client.get("/")
        assert page.status_code == 500
        reference = page["X-Request-ID"]
        assert f"<strong>{reference}</strong>" in page.text
        server, monitor = (out.getvalue() for out in logged)
        assert f"[{reference}]: Internal Server Error" in server
        assert "a fault of ours" in server
        assert json.loads(monitor)["event"] == "request-failed"

    def test_a_line_outside_a_request_has_none(self, client, db, logged):
        client.get("/")
        logging.getLogger("x").warning("later")
        assert "x [-]: later" in logged[0].getvalue()


class TestIds:
    def test_each_request_has_its_own(self, client, db):
        ids = {client.get("/healthz")["X-Request-ID"] for _ in range(3)}
        assert len(ids) == 3

    @pytest.mark.parametrize(
        ("trusted", "header", "taken"),
        [
            (True, "4bf92f3577b34da6", True), (False, "4bf92f3577b34da6", False),
            (True, "short", False), (True, "x" * 65, False), (True, "a b c d e f g", False),
            (True, '"}{"event":"signed-in"', False), (True, "", False),
        ],
    )  # fmt: skip
    def test_the_proxys_is_taken_where_it_is_trusted(
        self, client, db, settings, trusted, header, taken
    ):
        settings.TRUST_PROXY_HEADERS = trusted
        answer = client.get("/healthz", headers={"X-Request-ID": header})
        assert (answer["X-Request-ID"] == header) == taken

    def test_nothing_is_current_once_a_request_is_answered(self, client, db):
        client.get("/healthz")
        assert request_ids.current() is None


class TestNobodyIsNamed:
    @pytest.mark.parametrize(
        "line",
        [
            "cannot send to ben@example.org", "UPN A359297514514", "of 'Piotr'", "Piotr Müller",
            "Müller, Piotr", "name “Ella”", "Ella Barlow's form",
        ],
    )  # fmt: skip
    def test_what_the_suite_looks_for_is_seen(self, line, tmp_path):
        assert personal(line)
        (tmp_path / "server-1.log").write_text(f"fine\n{line}\n")
        assert len(leaks(tmp_path)) == 1

    @pytest.mark.parametrize(
        "line", ["Not Found: /notices/pupils/", "Grace period of 3 days", "at 0123456789abcdef"]
    )
    def test_plain_lines_are_no_matter(self, line):
        assert personal(line) == []

    def test_who_is_named_by_accident_is_masked(self, logged):
        logging.getLogger("x").warning("%s refuses ella@example.org of A359297514514", "mail")
        assert "mail refuses *** of ***" in logged[0].getvalue()
