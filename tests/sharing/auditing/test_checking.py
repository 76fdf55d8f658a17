"""The whole log is checked when somebody asks and every night; officers hear of what is wrong (L5)."""

import pytest

from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.mail.models import Message
from sharing.auditing.checking import check_log
from sharing.auditing.verifying import verify_log
from sharing.models import LogCheck
from tests.example import NOON
from tests.log_entries import entries
from tests.mails import run_jobs
from tests.tampering import changes, rebuilds

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(settings, tmp_path, policy, officer):
    settings.LOG_FOLDER = tmp_path / "log"
    append([body("test", at=NOON, by=None, number=number) for number in range(5)])
    signer().sign(at=NOON, whole=True)


def test_a_sound_log_is_said_to_be_sound(log, client, officer):
    client.force_login(officer)
    assert "The log has not been checked yet." in client.get("/staff/log/").text
    answer = client.post("/staff/log/check/", follow=True)
    assert "The log is being checked." in answer.text
    run_jobs()
    page = " ".join(client.get("/staff/log/").text.split())
    assert "entries are as they were written." in page
    assert "The newest checkpoint covers" in page
    assert entries("log-checked")[0]["sound"] is True
    assert not Message.objects.exists()
    verify_log(lambda size: None)


def test_a_changed_log_is_told_to_officers_and_on_the_page(log, client, officer):
    changes('UPDATE log_entry SET body = \'{"event":"x"}\' WHERE seq = 1')
    rebuilds(1)
    check = check_log(at=NOON)
    assert (check.first_bad, LogCheck.objects.count()) == (1, 1)
    message = Message.objects.get(to=officer.email)
    assert "entry 1: is not the one that the checkpoint vouches for" in message.text
    client.force_login(officer)
    page = " ".join(client.get("/staff/log/").text.split())
    assert "The log is not as it was written: entry 1:" in page
    assert "the checkpoint vouches for. Tell your system administrator." in page
    assert "the checkpoint vouches for.\n" in message.text


def test_the_proof_of_an_entry_is_a_file_once_a_checkpoint_covers_it(log, client, officer):
    client.force_login(officer)
    answer = client.get("/staff/log/2/proof/")
    assert answer["Content-Disposition"].endswith('filename="log-entry-2.tlog-proof"')
    lines = answer.text.splitlines()
    assert (lines[0], lines[2]) == ("c2sp.org/tlog-proof@v1", "index 2")
    newest = len(entries()) - 1
    late = client.get(f"/staff/log/{newest}/proof/", follow=True)
    assert "The proof is not ready yet." in late.text
    assert client.get("/staff/log/999999/proof/").status_code == 404
