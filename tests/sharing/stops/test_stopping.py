"""K3: while a control that failed stands, no file leaves, and two officers alone end that."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from consent.models import Scheme
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.control import resuming
from sharing.errors import HandOversStoppedError
from sharing.models import (
    ControlResult,
    ControlRun,
    Disclosure,
    Resumption,
    ResumptionAnswer,
)
from sharing.releases import desk
from sharing.releases.handing_over import hand_over_release
from sharing.stops.stopping import failures, stop
from tests.commands import run
from tests.example import NOON
from tests.factories.control import failed_control, held_control, resumption
from tests.factories.sharing import DisclosureFactory, ReadyReleaseFactory, ReleaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy", "pupil")]
LATER = NOON + timedelta(hours=3)


def stopped_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sharing_hand_overs_stopped()")
        return cursor.fetchone()[0]


def committed():
    """Check now what the database checks when a transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_no_release_leaves_while_a_control_that_failed_stands(officer):
    release = ReadyReleaseFactory.create(by=officer)
    failed_control()
    with pytest.raises(HandOversStoppedError, match="/staff/control/"):
        hand_over_release(release.pk, by=officer, clock=lambda: NOON)
    release.refresh_from_db()
    assert release.state == "released"
    assert not Disclosure.objects.exists()
    assert desk.extract_file(release.pk).exists()


def test_it_leaves_once_two_officers_have_agreed(officer, second_officer):
    release = ReadyReleaseFactory.create(by=officer)
    failed_control()
    said = resumption(officer)
    resuming.answer(said.pk, agrees=True, note="", by=second_officer, at=LATER)
    assert stop() is None
    hand_over_release(release.pk, by=officer, clock=lambda: LATER).file.unlink()
    committed()
    verify_log(lambda _: None)
    letters = Message.objects.filter(subject__contains="can be released again")
    assert {letter.to for letter in letters} == {officer.email, second_officer.email}


def test_the_command_is_refused(officer, write, tmp_path):
    failed_control()
    extract = write("UPN,Telephone\r\nP207000016049,1\r\n", "extract.csv")
    done = run(
        "disclosure", "release", extract, "--agreement", "WIG-CNX", "--purpose", "careers-guidance",
        "--out", tmp_path / "out.csv", "--by", officer.email,
    )  # fmt: skip
    assert done.code == 3
    assert "nightly control" in done.said
    assert not list(tmp_path.glob("out*"))
    assert not Disclosure.objects.exists()


def test_a_file_can_still_be_checked(officer):
    failed_control()
    assert ReleaseFactory.create(by=officer).state == "checked"


def test_the_database_commits_no_hand_over_meanwhile(officer):
    DisclosureFactory.create(by=officer)
    committed()
    failed_control()
    disclosure = Disclosure.objects.get()
    disclosure.pk, disclosure.entry = disclosure.pk + 1, disclosure.entry + 1_000
    mark = transaction.savepoint()
    disclosure.save(force_insert=True)
    with pytest.raises(IntegrityError, match="No file leaves"):
        committed()
    transaction.savepoint_rollback(mark)
    disclosure.origin = "after-the-fact"  # what has happened can always be recorded
    disclosure.save(force_insert=True)
    disclosure.pk, disclosure.entry = disclosure.pk + 1, disclosure.entry + 1
    disclosure.origin, disclosure.outcome = "release", "refused"
    disclosure.save(force_insert=True)
    committed()


def test_nobody_answers_their_own_statement(officer):
    failed_control()
    said = resumption(officer)
    with pytest.raises(NotNowError, match="another officer"):
        resuming.answer(said.pk, agrees=True, note="", by=officer, at=LATER)
    with pytest.raises(IntegrityError, match="two officers"), transaction.atomic():
        ResumptionAnswer.objects.create(resumption=said, agrees=True, at=LATER, by=officer)
    assert stop() is not None


def test_school_staff_never_end_a_stop(officer, secretary):
    failed_control()
    said = resumption(officer)
    with pytest.raises(IntegrityError, match="two officers"), transaction.atomic():
        ResumptionAnswer.objects.create(resumption=said, agrees=True, at=LATER, by=secretary)


def test_nothing_is_asked_before_the_control_holds_again(officer):
    with pytest.raises(NotNowError, match="already"):
        resuming.propose(reason="?", by=officer, at=NOON)
    failed_control()
    with pytest.raises(NotNowError, match="must hold"):
        resuming.propose(reason="Probably nothing.", by=officer, at=NOON)
    held_control()
    failed_control()
    with pytest.raises(NotNowError, match="must hold"):
        resuming.propose(reason="It held for a while.", by=officer, at=NOON)
    said = resumption(officer)
    with pytest.raises(NotNowError, match="already asked"):
        resuming.propose(reason="Again.", by=officer, at=NOON)
    assert Resumption.objects.get() == said


def test_a_control_that_failed_since_stops_it_again(officer, second_officer):
    failed_control()
    said = resumption(officer)
    failed_control(LATER)
    with pytest.raises(NotNowError, match="failed since"):
        resuming.answer(said.pk, agrees=True, note="", by=second_officer, at=LATER)
    resuming.answer(said.pk, agrees=False, note="It failed.", by=second_officer, at=LATER)
    assert len(stop().failures) == 2
    with pytest.raises(NotNowError, match="already been answered"):
        resuming.answer(said.pk, agrees=False, note="No.", by=second_officer, at=LATER)


def add_run(outcomes):
    control = ControlRun.objects.create(on=NOON.date(), started_at=NOON, at=NOON)
    scheme = Scheme.objects.first()
    for outcome in outcomes:
        beyond = ["Telephone"] if outcome == "failed" else []
        ControlResult.objects.create(run=control, scheme=scheme, outcome=outcome, beyond=beyond)
    return control


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    steps=st.lists(
        st.one_of(
            st.lists(st.sampled_from(("held", "failed", "refused", "unfinished")), max_size=3),
            st.sampled_from(("agree", "refuse")),
        ),
        max_size=8,
    )
)
def test_portal_and_database_agree_on_whether_files_can_leave(officer, second_officer, steps):
    with transaction.atomic():
        run, is_stopped = add_run([]), False
        for step in steps:
            if isinstance(step, list):
                run = add_run(step)
                is_stopped |= "failed" in step
            else:
                said = Resumption.objects.create(run=run, reason="Mended.", at=NOON, by=officer)
                agrees = step == "agree"
                note = "" if agrees else "No."
                ResumptionAnswer.objects.create(
                    resumption=said, agrees=agrees, note=note, at=NOON, by=second_officer
                )
                is_stopped &= not agrees
            assert failures().exists() == is_stopped == stopped_in_the_database()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("controlresult", "outcome = 'held', beyond = '{}'"),
        ("controlrun", "\"on\" = '2026-01-01'"),
        ("resumption", "reason = 'Nothing.'"),
        ("resumptionanswer", "note = 'x'"),
    ],
)
def test_a_changed_row_is_found_by_its_entry(table, change, officer, second_officer):
    failed_control()
    resuming.answer(resumption(officer).pk, agrees=True, note="", by=second_officer, at=LATER)
    verify_log(lambda _: None)
    committed()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE sharing_{table} DISABLE TRIGGER ALL")
        cursor.execute(f"UPDATE sharing_{table} SET {change}")
    with pytest.raises(LogBrokenError, match="differs from what was logged"):
        verify_log(lambda _: None)


@pytest.mark.parametrize("add", [lambda: add_run(["held"]), lambda: add_run([])])
def test_a_row_without_an_entry_is_found(add):
    failed_control()
    add()
    with pytest.raises(LogBrokenError, match=r"control [0-9]+ is stored"):
        verify_log(lambda _: None)


def test_a_missing_row_is_found(officer):
    failed_control()
    committed()
    with connection.cursor() as cursor:
        for table in ("controlresult", "controlrun"):
            cursor.execute(f"ALTER TABLE sharing_{table} DISABLE TRIGGER ALL")
            cursor.execute(f"DELETE FROM sharing_{table}")
    with pytest.raises(LogBrokenError, match="is missing"):
        verify_log(lambda _: None)
