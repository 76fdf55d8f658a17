"""A job that fails is tried again; with the last attempt, whoever waits for it is told."""

import pytest
from procrastinate.contrib.django import app

from consent.models import LetterRun, RollUpload
from privacy_portal.ground.log.models import Entry
from sharing.models import Release
from sharing.releases import desk
from tests.factories.consent import LetterRunFactory, RollUploadFactory
from tests.factories.sharing import ReleaseFactory
from tests.mails import Attempt

pytestmark = pytest.mark.django_db
# The retry strategies of these jobs try three times.
FIRST, LAST = 0, 3


def broken(*args, **kwargs):
    raise OSError("disk")


def fails(job, attempts, **arguments):
    with pytest.raises(OSError, match="disk"):
        app.tasks[job].func(Attempt(attempts), **arguments)


def test_letters_that_cannot_be_made_have_failed(policy, monkeypatch):
    monkeypatch.setattr("consent.letters.printing.create", broken)
    run = LetterRunFactory(printed=False)
    fails("consent.print_letters", FIRST, run=str(run.pk))
    run.refresh_from_db()
    assert run.state == LetterRun.State.WAITING
    fails("consent.print_letters", LAST, run=str(run.pk))
    run.refresh_from_db()
    assert run.state == LetterRun.State.FAILED
    assert run.why


@pytest.mark.parametrize(
    ("job", "verb", "state"),
    [("consent.check_roll", "check", "checking"), ("consent.import_roll", "store", "importing")],
)
def test_a_roll_that_cannot_be_read_has_failed(policy, monkeypatch, job, verb, state):
    monkeypatch.setattr(f"consent.roll.desk.{verb}", broken)
    upload = RollUploadFactory()
    RollUpload.objects.update(state=state)
    fails(job, FIRST, upload=str(upload.pk))
    assert RollUpload.objects.get().state == state
    fails(job, LAST, upload=str(upload.pk))
    assert RollUpload.objects.get().state == RollUpload.State.FAILED


def test_an_extract_that_cannot_be_checked_is_refused_in_the_log(policy, monkeypatch):
    release = ReleaseFactory(checked=False)
    monkeypatch.setattr("sharing.releases.checking.load", broken)
    fails("sharing.check_release", FIRST, release=str(release.pk))
    assert Release.objects.get().state == Release.State.CHECKING
    assert b'"refusal"' not in bytes(Entry.objects.last().body)
    fails("sharing.check_release", LAST, release=str(release.pk))
    assert Release.objects.get().state == Release.State.FAILED
    assert b'"refusal"' in bytes(Entry.objects.last().body)
    assert not desk.extract_file(release.pk).exists()
