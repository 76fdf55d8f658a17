"""The role that docs/operations.md gives the application can erase, and nothing but that: with real commits (R2)."""

import pytest
from django.db import ProgrammingError, connection, transaction

from privacy_portal.ground.files.private_files import path_of
from sharing.auditing.verifying import verify_log
from sharing.keeping import erasing
from tests import full_record
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.roles import documented_role


def test_it_erases_a_pupil_and_files_go_after_the_commit(committed, settings, tmp_path):
    settings.PRIVATE_DIR = tmp_path / "private"
    with documented_role(committed):
        one, two = (OfficerFactory.create(email=f"{name}@example.org") for name in ("one", "two"))
        pupil = full_record.made(one, two)
        (scan,) = pupil.decisions.filter(scan__isnull=False).values_list("scan__file", flat=True)
        assert path_of("scans", scan).exists()
        assert erasing.erase_pupil(pupil.pk, rule=erasing.RULE, by=None, at=NOON)
        assert not path_of("scans", scan).exists()
        assert full_record.found_of(full_record.WORDS) == set()
        verify_log(lambda size: None)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("UPDATE consent_decision SET choice = 'opt-in'")
