"""`log verify` compares protection and deaths with their entries, both ways (L5)."""

import pytest
from django.db import connection

from consent.protection.recording import (
    answer_ending,
    propose_ending,
    record_death,
    withdraw_death,
)
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.consent import ProtectionFactory

pytestmark = pytest.mark.django_db
FORGED = """
INSERT INTO consent_protection (pupil_id, reason, source, at)
SELECT id, 'other', 'roll', now() FROM consent_pupil
"""


@pytest.fixture
def life(pupil, officer, second_officer):
    ProtectionFactory.create(pupil=pupil, by=officer, since=DAY)
    ending = propose_ending(pupil, reason="Over", by=officer, at=NOON)
    answer_ending(ending, agrees=False, note="It is not", by=second_officer, at=NOON)
    record_death(pupil, died_on=DAY, source="officer", by=officer, at=NOON)
    withdraw_death(pupil, reason="Another child", by=officer, at=NOON)
    ProtectionFactory.create(pupil=pupil, by=second_officer)


def by_force(statement):
    """Does what only the owner of the database could: past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables = (
            "consent_protection", "consent_endinganswer", "consent_death", "consent_deathwithdrawn",
            "consent_pupil",
        )  # fmt: skip
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def test_what_was_recorded_verifies(life):
    assert run("log", "verify").code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM consent_protection WHERE since IS NULL",
        "UPDATE consent_protection SET since = NULL",
        "UPDATE consent_protection SET source = 'roll'",
        "UPDATE consent_endinganswer SET agrees = true",
        "DELETE FROM consent_endinganswer",
        "UPDATE consent_death SET died_on = '2020-01-01'",
        "DELETE FROM consent_deathwithdrawn",
        FORGED,
        "UPDATE consent_pupil SET protected = false",
        "UPDATE consent_pupil SET died_on = '2020-01-01'",
    ],
)
def test_what_somebody_changes_past_the_triggers_is_found(life, statement):
    by_force(statement)
    done = run("log", "verify")
    assert done.code == 3, done.said
