"""What a roll says of pupils besides their details: that they are protected, or have died (P1, P8).

A mark that is no longer there changes nothing: only two officers end protection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.models import Death, Protection, Pupil
from consent.protection.recording import protect_by_roll, record_deaths_by_roll
from consent.queries import pupil_ids_by_upn
from consent.roll.reading import Mark
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log


@dataclass(frozen=True, slots=True)
class Marked:
    """Pupils whom a roll newly protects, or newly says have died, and the log entries."""

    protected: Sequence[Pupil] = ()
    died: Sequence[Pupil] = ()
    entries: Sequence[log.Body] = ()


def mark_pupils(marks: Mapping[str, Mark], *, by: User | None, at: datetime) -> Marked:
    """Protect the pupils that a roll marks, by UPN, and record their deaths, where that is news; no
    query without marks. Belongs to an import, once its pupils are stored."""
    if not marks:
        return Marked()
    pupil_of = pupil_ids_by_upn(marks)
    pupils = Pupil.objects.in_bulk(list(pupil_of.values()))
    of_pupil = {
        pupils[pupil_of[number]]: mark for number, mark in marks.items() if number in pupil_of
    }
    # Its own: what holds of it through a record that may be of the same child may end (C6b).
    protections = Protection.objects.in_force().filter(pupil__in=list(of_pupil))
    protected_now = set(protections.values_list("pupil", flat=True))
    deaths = Death.objects.filter(pupil__in=list(of_pupil), withdrawn=None).order_by("pk")
    died_on = dict(deaths.values_list("pupil", "died_on"))
    protected = [
        pupil
        for pupil, mark in of_pupil.items()
        if mark.protected and pupil.pk not in protected_now
    ]
    died = {
        pupil: mark.died_on
        for pupil, mark in of_pupil.items()
        if mark.died_on is not None and died_on.get(pupil.pk) != mark.died_on
    }
    entries = []
    if protected:
        entries += protect_by_roll(protected, by=by, at=at)
    if died:
        entries += record_deaths_by_roll(died, by=by, at=at)
    return Marked(protected, list(died), entries)
