"""A roll import and others at the same time: real connections, real commits."""

import threading
import uuid

from django.db import OperationalError, connection, connections

from consent.models import Decision, Pupil, Scheme
from consent.roll.importing import import_roll
from tests.example import NOON, TWIN
from tests.rolls import ROLL_HEADINGS, pupil_row


def test_during_an_import_nobody_adds_a_pupil_and_everybody_reads_and_decides(
    committed, write, monkeypatch
):
    only = write(f"{ROLL_HEADINGS}\r\n{pupil_row()}", "only.csv")
    import_roll(only, name="only.csv", by=None, at=NOON)
    pupil, scheme = Pupil.objects.get(), Scheme.objects.get(code="connexions")
    seen = []

    def meanwhile():
        try:
            seen.append(Pupil.objects.count())
            Decision.objects.create(
                pupil=pupil, scheme=scheme, choice="opt-out", by="parent", person_name="Ben Barlow",
                person_key="benbarlow", channel="online", received_at=NOON, recorded_at=NOON,
            )  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            pupil.pk, pupil.reference = None, uuid.uuid4()
            pupil.save()
        except OperationalError as error:
            seen.append(str(error))
        finally:
            connections.close_all()

    def progress(rows):
        if rows < 2:
            return
        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join(30)

    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", 1)
    path = write(f"{ROLL_HEADINGS}\r\n{pupil_row()}{pupil_row(UPN=TWIN)}", "roll.csv")
    assert import_roll(path, name="roll.csv", by=None, at=NOON, progress=progress).added == 1
    assert seen[0] == 1
    assert "lock timeout" in seen[1]
    assert Decision.objects.count() == 1
    assert Pupil.objects.count() == 2
