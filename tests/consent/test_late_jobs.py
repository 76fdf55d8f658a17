"""Jobs that come late, or twice, change nothing: what they were for has been done, deleted or failed."""

from uuid import uuid4

import pytest

from consent.letters import printing
from consent.models import LetterKind, LetterRun, Pupil, RollUpload
from consent.roll import desk
from privacy_portal.ground.errors import NotNowError
from tests import mails
from tests.example import NOON
from tests.factories.consent import scheme_of
from tests.log_entries import events
from tests.rolls import accept_roll, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db
State = RollUpload.State


class TestPupilRecords:
    @pytest.fixture
    def uploaded(self, signed_in, client):
        upload_roll(client, roll_of(pupil_row()))
        return RollUpload.objects.get()

    def test_a_check_or_import_of_a_file_that_is_gone_does_nothing(self, db):
        desk.check(uuid4(), at=NOON)
        desk.store(uuid4(), at=NOON)
        assert not Pupil.objects.exists()

    def test_a_second_import_does_nothing(self, uploaded, client):
        accept_roll(client)
        entries = events()
        desk.store(uploaded.pk, at=NOON)
        assert events() == entries

    def test_a_question_is_answered_once(self, uploaded, officer):
        with pytest.raises(NotNowError, match="already been answered"):
            desk.answer(uploaded, {"encoding": "utf-8"}, by=officer, at=NOON)

    def test_one_that_is_imported_is_not_deleted(self, uploaded, client, officer):
        accept_roll(client)
        with pytest.raises(NotNowError, match="already been imported"):
            desk.delete(uploaded, by=officer, at=NOON)

    def test_one_whose_job_failed_says_so_and_keeps_no_file(self, uploaded, client):
        RollUpload.objects.update(state=State.IMPORTING)
        desk.mark_failed(uploaded.pk)
        uploaded.refresh_from_db()
        assert uploaded.state == State.FAILED
        assert not desk.file_of(uploaded).exists()
        desk.mark_failed(uploaded.pk)

    def test_what_cannot_be_recorded_leaves_no_file(self, signed_in, officer, write, monkeypatch):
        def fails(*arguments):
            raise RuntimeError

        monkeypatch.setattr(desk, "defer", fails)
        path = write(roll_of(pupil_row()), "roll.csv")
        folder = desk.file_of(RollUpload(pk=uuid4())).parent
        before = {*folder.glob("*")}
        with pytest.raises(RuntimeError):
            desk.upload(path, name="roll.csv", whole=False, by=officer, at=NOON)
        assert not RollUpload.objects.exists()
        assert {*folder.glob("*")} == before


class TestLetters:
    @pytest.fixture
    def run(self, pupil, officer):
        run = LetterRun(
            school=pupil.school, scheme=scheme_of(), kind=LetterKind.CHOICE, pupils=[pupil.pk]
        )
        return printing.ask(run, by=officer, at=NOON)

    def test_letters_are_created_once(self, run):
        mails.run_jobs()
        entries = events()
        printing.create(run.pk, at=NOON)
        assert events() == entries

    def test_a_pupil_whose_record_was_merged_meanwhile_gets_none(self, run):
        LetterRun.objects.filter(pk=run.pk).update(pupils=[*run.pupils, 10**9])
        mails.run_jobs()
        run.refresh_from_db()
        assert (run.state, run.made) == (LetterRun.State.READY, 1)

    def test_only_who_asked_downloads_them(self, run, second_officer):
        mails.run_jobs()
        run.refresh_from_db()
        with pytest.raises(NotNowError, match="Only the person who created"):
            printing.download(run, by=second_officer, at=NOON)

    def test_failed_ones_cannot_be_downloaded(self, run, officer):
        printing.fail(run.pk, why="No room")
        run.refresh_from_db()
        assert (run.state, run.why) == (LetterRun.State.FAILED, "No room")
        with pytest.raises(NotNowError, match="have been deleted"):
            printing.download(run, by=officer, at=NOON)
