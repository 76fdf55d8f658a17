"""What the log vouches for about protected pupils and deaths (L5)."""

from django.db import connection

from consent.models import (
    Death,
    DeathWithdrawn,
    Ending,
    EndingAnswer,
    ProtectedLook,
    Protection,
)
from consent.protection.recording import death_facts, protection_facts
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each

# Records whose two columns are not what the rows of protection and deaths say.
_UNTRUE = """
SELECT count(*) FROM consent_pupil pupil
WHERE (pupil.protected OR pupil.died_on IS NOT NULL
    OR EXISTS (SELECT 1 FROM consent_protection WHERE pupil_id = pupil.id)
    OR EXISTS (SELECT 1 FROM consent_death WHERE pupil_id = pupil.id))
AND (pupil.protected, pupil.died_on) IS DISTINCT FROM (
    EXISTS (
        SELECT 1 FROM consent_records_of_child(pupil.id) record
        JOIN consent_protection protection ON protection.pupil_id = record.id
        WHERE NOT EXISTS (
            SELECT 1 FROM consent_endedprotection ended
            JOIN consent_endinganswer answer ON answer.ending_id = ended.ending_id
            WHERE ended.protection_id = protection.id AND answer.agrees)),
    (SELECT death.died_on FROM consent_records_of_child(pupil.id) record
        JOIN consent_death death ON death.pupil_id = record.id
        WHERE NOT EXISTS (SELECT 1 FROM consent_deathwithdrawn WHERE death_id = death.id)
        ORDER BY death.id DESC LIMIT 1))
"""


def mark_fault() -> str | None:
    """Return a sentence about pupils who are marked otherwise than the rows about them say; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTRUE)
        (untrue,) = cursor.fetchone()
    if untrue:
        return f"{untrue} pupils are marked otherwise than their protection or death says"
    return None


def _protection(row: Protection) -> Body:
    return body("pupil-protected", at=row.at, by=row.by, protection=row.pk, **protection_facts(row))


def _death(row: Death) -> Body:
    return body("pupil-died", at=row.at, by=row.by, death=row.pk, **death_facts(row))


def _withdrawn(row: DeathWithdrawn) -> Body:
    return body(
        "death-withdrawn",
        at=row.at,
        by=row.by,
        death=row.death_id,
        person=str(row.death.pupil.reference),
    )


def _ending(row: Ending) -> Body:
    return body(
        "protection-ending-proposed",
        at=row.at,
        by=row.by,
        ending=row.pk,
        person=str(row.pupil.reference),
    )


def _answer(row: EndingAnswer) -> Body:
    return body(
        "protection-ended" if row.agrees else "protection-kept",
        at=row.at,
        by=row.by,
        ending=row.ending_id,
        person=str(row.ending.pupil.reference),
        proposed_by=str(row.ending.by.reference),
    )


def _look(row: ProtectedLook) -> Body:
    return body(
        "protected-details-opened",
        at=row.at,
        by=row.by,
        look=row.pk,
        person=str(row.pupil.reference),
    )


KINDS = (
    Kind(
        events=("pupil-protected",),
        name="protection",
        rows=lambda: Protection.objects.select_related("pupil", "by"),
        key="protection",
        field="pk",
        facts=each(_protection),
        whole=True,
    ),
    Kind(
        events=("protection-ending-proposed",),
        name="proposal to end protection",
        rows=lambda: Ending.objects.select_related("pupil", "by"),
        key="ending",
        field="pk",
        facts=each(_ending),
        whole=True,
    ),
    Kind(
        events=("protection-ended", "protection-kept"),
        name="answer about ending protection",
        rows=lambda: EndingAnswer.objects.select_related("ending__pupil", "ending__by", "by"),
        key="ending",
        field="ending_id",
        facts=each(_answer),
        whole=True,
    ),
    Kind(
        events=("pupil-died",),
        name="death",
        rows=lambda: Death.objects.select_related("pupil", "by"),
        key="death",
        field="pk",
        facts=each(_death),
        whole=True,
    ),
    Kind(
        events=("death-withdrawn",),
        name="withdrawn death",
        rows=lambda: DeathWithdrawn.objects.select_related("death__pupil", "by"),
        key="death",
        field="death_id",
        facts=each(_withdrawn),
        whole=True,
    ),
    Kind(
        events=("protected-details-opened",),
        name="look at a protected pupil",
        rows=lambda: ProtectedLook.objects.select_related("pupil", "by"),
        key="look",
        field="pk",
        facts=each(_look),
        whole=True,
    ),
)
