"""A pupil is erased: nothing names them any more, and the log is as sound as before (R2)."""

import re
from datetime import date
from unittest import mock

import pytest

from consent.keeping import holding
from consent.keeping_rules import SENTENCES, Matter
from consent.models import (
    Decision,
    Ending,
    MergeProposal,
    OptOutRequest,
    Pupil,
    SameChildQuestion,
    Scan,
    WaitingMove,
)
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files.private_files import path_of
from privacy_portal.ground.keeping.erasing import sweep_files
from privacy_portal.ground.log.models import Erasure
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.keeping import erasing
from sharing.keeping.due import due_among
from sharing.models import (
    Disclosure,
    DisclosureLine,
    DueDeletion,
    Incident,
    ListRequest,
    PersonLine,
    Recall,
)
from tests import full_record
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.consent import ObjectionFactory, PupilFactory, RequestFactory
from tests.factories.requests import DataRequestFactory
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries
from tests.rolls import pupil_row, roll_of
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(policy, officer, second_officer, settings, tmp_path):
    settings.PRIVATE_DIR = tmp_path / "private"
    return full_record.made(officer, second_officer)


def nothing(size):
    """No progress to show."""


def erase(pupil):
    return erasing.erase_pupil(pupil.pk, rule=erasing.RULE, by=None, at=NOON)


def counted():
    return [
        model.objects.count()
        for model in (Disclosure, DisclosureLine, PersonLine, Decision, Recall, Incident)
    ]


def test_nothing_of_the_pupil_is_left_and_the_log_is_sound(
    pupil, django_capture_on_commit_callbacks
):
    verify_log(nothing)
    before = full_record.found_of(full_record.WORDS)
    assert {word for _, word in before} == {*full_record.WORDS}
    assert {table for table, _ in before} >= full_record.TABLES
    assert not {table for table, _ in before} & {"entry", "log_entry", "log_erasure"}
    (scan,) = Scan.objects.values_list("file", flat=True)
    assert path_of("scans", scan).exists()
    pupils = Pupil.objects.order_by("pk").values_list("pk", "reference")
    numbers, references = counted(), list(pupils)
    with django_capture_on_commit_callbacks(execute=True):
        assert erasing.erase_due(at=NOON) == 1
    assert full_record.found_of(full_record.WORDS) == set()
    assert not path_of("scans", scan).exists()
    assert counted() == numbers
    assert list(pupils.all()) == references
    verify_log(nothing)
    told = entries("details-erased")
    assert {entry["person"] for entry in told} == {str(reference) for _, reference in references}
    assert {(entry["kind"], entry["rule"]) for entry in told} == {("pupil", erasing.RULE)}


def test_a_second_time_nothing_happens(pupil):
    assert erase(pupil)
    size = len(entries())
    assert not erase(pupil)
    assert erasing.erase_due(at=NOON) == 0
    assert len(entries()) == size


def test_a_pupil_who_was_given_a_name_back_is_found_by_the_log_check(pupil):
    erase(pupil)
    verify_log(nothing)
    past_the_guards(
        "UPDATE consent_pupil SET surname = 'Barlow', erased_at = NULL WHERE id = %s", pupil.pk
    )
    with pytest.raises(LogBrokenError, match="was erased, but is not empty"):
        verify_log(nothing)


def test_pages_tell_nothing_any_more_and_the_pupil_is_in_no_list(pupil, client, officer):
    client.force_login(officer)
    assert full_record.SURNAME in client.get(f"/staff/pupils/{pupil.reference}/").text
    erase(pupil)
    for page in ("", "list/", "protection/"):
        assert client.get(f"/staff/pupils/{pupil.reference}/{page}").status_code == 404
    assert client.get(f"/staff/keeping/pupils/{pupil.reference}/").status_code == 404
    assert "Zephyrine" not in client.get("/staff/pupils/", {"q": "Quillfeather"}).text
    recall = Recall.objects.get()
    assert (
        "A pupil whose details were erased" in client.get("/staff/disclosures/recalls/?all=1").text
    )
    assert client.get(f"/staff/disclosures/recalls/{recall.pk}/").status_code == 200
    disclosure = Disclosure.objects.get()
    assert client.get(f"/staff/disclosures/{disclosure.entry}/").status_code == 200
    assert "Erased person" in client.get("/staff/log/").text
    form = OptOutRequest.objects.get()
    assert client.get(f"/staff/opt-outs/{form.reference}/").status_code == 200
    page = client.get("/staff/keeping/erased/").text
    assert "Keeping time over, counted from when they left the roll" in page
    assert client.get("/staff/opt-outs/objections/").status_code == 200


@pytest.mark.parametrize("at", ["empty", "log_erasures", "_shared_rows"])
def test_what_breaks_off_in_the_middle_changes_nothing_and_goes_through_later(pupil, at):
    where = erasing.emptying if at == "empty" else erasing
    size, before = len(entries()), full_record.found_of(full_record.WORDS)
    broken = mock.patch.object(where, at, side_effect=KeyboardInterrupt)
    with broken, pytest.raises(KeyboardInterrupt):
        erase(pupil)
    assert full_record.found_of(full_record.WORDS) == before
    assert (len(entries()), Erasure.objects.count()) == (size, 0)
    assert erase(pupil)
    verify_log(nothing)


def test_files_of_a_process_that_died_after_its_commit_are_deleted_later(pupil):
    (scan,) = Scan.objects.values_list("file", flat=True)
    erase(pupil)  # in this test's transaction: nothing that waits for a commit happens
    assert path_of("scans", scan).exists()
    assert sweep_files(at=NOON) == 1
    assert not path_of("scans", scan).exists()
    assert sweep_files(at=NOON) == 0


@pytest.mark.parametrize(
    ("change", "matter"),
    [
        (lambda pupil, by: holding.hold(pupil, reason="x", by=by, at=NOON), Matter.HOLD),
        (lambda pupil, by: SameChildQuestion.objects.create(
            new=pupil, other=PupilFactory.create(), at=NOON, by=by), Matter.SAME_CHILD),
        (lambda pupil, by: MergeProposal.objects.create(
            gone=PupilFactory.create(), kept=pupil, reason="x", at=NOON, by=by), Matter.MERGE),
        (lambda pupil, by: WaitingMove.objects.create(
            pupil=pupil, to_school=pupil.school, row={}, given={}, at=NOON, by=by), Matter.MOVE),
        (lambda pupil, by: Ending.objects.create(pupil=pupil, reason="x", at=NOON, by=by),
         Matter.PROTECTION),
        (lambda pupil, by: ObjectionFactory.create(pupil=pupil), Matter.OBJECTION),
        (lambda pupil, by: ListRequest.objects.create(pupil=pupil, at=NOON, by=by), Matter.LIST),
        (lambda pupil, by: DataRequestFactory.create(pupils=[pupil], by=by), Matter.REQUEST),
        (lambda pupil, by: RequestFactory.create(
            born=date(1999, 2, 17), surname="Else", forename="Somebody"), Matter.FORM),
        (lambda pupil, by: Incident.objects.create(
            disclosure=Disclosure.objects.first(), opened_at=NOON, by=by), Matter.INCIDENT),
        (lambda pupil, by: DueDeletion.objects.create(
            disclosure=Disclosure.objects.first(), destroy_by=DAY), Matter.DELETION),
        (lambda pupil, by: Recall.objects.create(
            disclosure=DisclosureFactory.create(by=by), decision=pupil.decisions.first(),
            found_at=NOON), Matter.RECALL),
    ],
)  # fmt: skip
def test_nobody_is_erased_about_whom_something_is_open(pupil, officer, change, matter):
    change(pupil, officer)
    (due,) = due_among([pupil], on=DAY)
    assert matter in due.reasons
    assert erasing.erase_due(at=NOON) == 0
    with pytest.raises(NotNowError, match=re.escape(SENTENCES[matter])):
        erase(pupil)
    with pytest.raises(NotNowError):
        erasing.erase_pupil(pupil.pk, rule=Erasure.WISH, by=None, at=NOON)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize(
    "change", [{"left_on": None}, {"born": date(2001, 11, 30)}, {"left_on": date(2021, 1, 1)}]
)
def test_nobody_is_erased_too_early(pupil, change):
    Pupil.objects.filter(pk=pupil.pk).update(**change)
    assert erasing.erase_due(at=NOON) == 0
    with pytest.raises(NotNowError):
        erase(pupil)


def test_what_is_open_about_a_record_that_was_merged_holds_the_child_too(pupil, officer):
    gone = Pupil.objects.exclude(pk=pupil.pk).get()
    holding.hold(gone, reason="x", by=officer, at=NOON)
    assert erasing.erase_due(at=NOON) == 0


def test_who_comes_back_on_a_roll_is_a_new_pupil(pupil, write):
    erase(pupil)
    rows = roll_of(pupil_row(UPN=full_record.UPN, Surname="Quillfeather", Forename="Zephyrine"))
    ran = run("roll", "import", write(rows, "roll.csv"))
    assert ran.code == 0, ran.said
    back = Pupil.objects.get(upns__upn=full_record.UPN)
    assert back.pk != pupil.pk
    assert back.decisions.count() == 0
