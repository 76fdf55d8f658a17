"""Lookup of pupils who are protected, and of those who have died, among all on record (P)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from consent.models import ProtectedLook, Pupil
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import end_of

# How long a scan of a paper form may be opened after the officer said why.
SCANS_FOR = timedelta(hours=1)

_NOW = "SELECT id, protected, died_on FROM consent_pupil WHERE protected OR died_on IS NOT NULL"
# Protected on an earlier day, by what is known now (`consent.protection_rules.protected`), also
# through a record that is or may be of the same child.
_THEN = """
SELECT DISTINCT record.id FROM consent_protection protection
CROSS JOIN LATERAL consent_records_of_child(protection.pupil_id) record
WHERE (protection.since IS NULL OR protection.since <= %(on)s) AND NOT EXISTS (
    SELECT 1 FROM consent_endedprotection ended
    JOIN consent_endinganswer answer ON answer.ending_id = ended.ending_id
    WHERE ended.protection_id = protection.id AND answer.agrees AND answer.at <= %(end)s
)
"""


@dataclass(frozen=True, slots=True)
class ProtectedPupils:
    """The ids of the pupils who are protected on a day, and of those who have died by then."""

    protected: frozenset[int]
    died: frozenset[int]


def protected_pupils(on: date, *, now: bool) -> ProtectedPupils:
    """Return who was protected on a day and had died by then; 1 query, 1 more for another day than
    today.

    `now` everyone counts who is protected, whatever the clocks say: the hand-over holds the locks
    that whoever protects a pupil needs (H2).
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        rows = cursor.fetchall()
        died = frozenset(
            pupil for pupil, _, died_on in rows if died_on is not None and (now or died_on <= on)
        )
        if now:
            return ProtectedPupils(frozenset(pupil for pupil, still, _ in rows if still), died)
        cursor.execute(_THEN, {"on": on, "end": end_of(on)})
        return ProtectedPupils(frozenset(pupil for (pupil,) in cursor.fetchall()), died)


def may_open_scans(user: User, pupil: Pupil, *, at: datetime) -> bool:
    """Return whether the user may open scans of forms about the pupil: a protected one's tell where
    they live, and are opened only by an officer who has just said why (P2); at most 1 query."""
    if not pupil.protected:
        return True
    looks = ProtectedLook.objects.filter(pupil=pupil, by=user, at__gt=at - SCANS_FOR)
    return user.looks_after_protected_records and looks.exists()
