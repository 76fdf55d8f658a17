"""The protection officer keeps checkpoints, and hears of a log that is not as it was signed (L3)."""

import pytest
from django.db import connection

from notices.models import Contact
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.log.signing import InconsistentLogError
from privacy_portal.ground.mail.models import Message
from privacy_portal.log_pages.mailing import mail_checkpoint, mail_refusal
from privacy_portal.readiness import impaired
from sharing.errors import LogChangedError
from sharing.stops.stopping import check_not_stopped
from tests.example import NOON
from tests.tampering import changes, rebuilds

DPO = "dpo@example.org"


@pytest.fixture
def note(policy, officer, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    Contact.objects.filter(kind=Contact.Kind.DPO).update(email=DPO)
    append([body("test", at=NOON, by=None, number=1)])
    return signer().sign(at=NOON, whole=True)


def test_each_checkpoint_is_mailed_once(note):
    assert mail_checkpoint(at=NOON) == 1
    assert mail_checkpoint(at=NOON) == 0
    message = Message.objects.get(to=DPO)
    assert str(note).strip() in message.text
    append([body("test", at=NOON, by=None, number=2)])
    signer().sign(at=NOON, whole=True)
    assert mail_checkpoint(at=NOON) == 1


def test_nobody_is_mailed_who_has_no_address(note):
    Contact.objects.update(email="")
    assert mail_checkpoint(at=NOON) == 0


def test_a_log_that_was_changed_is_told_once_and_stops_all_files(note, officer):
    assert mail_refusal(at=NOON) == 0
    check_not_stopped()
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM log_entry WHERE seq = 0")
        (right,) = cursor.fetchone()
    changes("UPDATE log_entry SET body = '{}' WHERE seq = 0")
    rebuilds(0)
    with pytest.raises(InconsistentLogError):
        signer().sign(at=NOON, whole=True)
    with pytest.raises(LogChangedError):
        check_not_stopped()
    assert "The log is not as it was signed" in impaired()[0]
    assert mail_refusal(at=NOON) == 2
    assert mail_refusal(at=NOON) == 0
    assert set(Message.objects.values_list("to", flat=True)) == {DPO, officer.email}
    changes("UPDATE log_entry SET body = %s WHERE seq = 0", [right])
    rebuilds(0)
    signer().sign(at=NOON, whole=True)
    check_not_stopped()
    assert impaired() == []
