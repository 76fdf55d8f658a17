"""A CTF of pupils who have left: they are marked as leavers, and nothing else is taken from it.

Such a file goes with a pupil to a school that is not known, or that no authority maintains. It adds
nobody, and moves nobody back to the school that sent it.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from consent.identity_rules import WORDS, Identity, differing, may_be_another
from consent.models import Pupil, PupilUpn
from consent.roll.identities import other_child_fault
from consent.roll.reading import Batch, RollReader, not_yours
from consent.roll.sql import SHOWN
from privacy_portal.ground.faults import Fault, FaultList


@dataclass(frozen=True, slots=True)
class Leavers:
    """The result of a file of leavers: its rows, who left, and how many were not at the school.
    `first` has the first who left: reference, name, school; `untold` the protected pupils of whom nothing
    is told: reference and name. `changed` says that anybody left."""

    rows: int
    left: int
    unchanged: int
    first: list[tuple[str, str, str]]
    untold: list[tuple[str, str]]
    changed: bool


def mark_leavers(
    reader: RollReader,
    faults: FaultList,
    placed: Callable[[Iterable[Fault]], list[Fault]],
    *,
    only: Collection[str] | None,
    on: date,
    progress: Callable[[int], None],
) -> Leavers:
    """Mark the pupils of a file as having left the school that it names, from the day on.

    Belongs to a transaction that holds the lock of the roll. `placed` gives faults the places of
    the file; `only` are the URNs of the schools that it may have, None for all: then nothing is told
    of protected pupils, at whichever school they are (P2). Raises BadInputError with every fault, a
    row that may be of another child among them (C6a).
    """
    rows, left, changed = 0, 0, False
    untold: list[tuple[str, str]] = []
    first_leavers: list[tuple[str, str, str]] = []
    for batch in reader.batches(1_000):
        wrong = [*batch.faults, *not_yours(batch, only)]
        leaving = {} if wrong else _at_their_school(batch)
        hidden = {} if wrong or only is not None else _protected(batch)
        wrong += _of_others(batch, leaving | hidden)
        faults.add_all(placed(wrong))
        if not faults.total:
            leavers = list({pupil.pk: pupil for pupil in leaving.values()}.values())
            Pupil.objects.filter(pk__in=[pupil.pk for pupil in leavers]).update(left_on=on)
            changed = changed or bool(leavers)
            untold += [(str(pupil.reference), pupil.name) for pupil in hidden.values()]
            not_told = {leaving[place].pk for place in leaving.keys() & hidden.keys()}
            leavers = [pupil for pupil in leavers if pupil.pk not in not_told]
            left += len(leavers)
            first_leavers += [
                (str(pupil.reference), pupil.name, "" if pupil.protected else pupil.school.name)
                for pupil in leavers[: SHOWN - len(first_leavers)]
            ]
        rows += len(batch.upns)
        progress(rows)
    faults.raise_if_any()
    return Leavers(rows, left, rows - left - len(untold), first_leavers, untold, changed)


def _at_their_school(batch: Batch) -> dict[int, Pupil]:
    """Return the pupils on the roll of the sending school, by place in the batch; locked."""
    pupil_of = _pupil_ids(batch)
    pupils = (
        Pupil.objects.on_roll()
        .filter(pk__in=set(pupil_of.values()), school__urn__in=set(batch.urns))
        .select_related("school")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    by_id = {pupil.pk: pupil for pupil in pupils}
    leaving: dict[int, Pupil] = {}
    for place, number in enumerate(batch.upns):
        for former in (number, *batch.former.get(place, ())):
            pupil = by_id.get(pupil_of.get(former, 0))
            if pupil is not None and pupil.school.urn == batch.urns[place]:
                leaving.setdefault(place, pupil)
    return leaving


def _protected(batch: Batch) -> dict[int, Pupil]:
    """Return the protected pupils, at any school, by place in the batch; 2 queries."""
    pupil_of = _pupil_ids(batch)
    by_id = Pupil.objects.filter(protected=True).in_bulk(set(pupil_of.values()))
    protected: dict[int, Pupil] = {}
    for place, number in enumerate(batch.upns):
        for former in (number, *batch.former.get(place, ())):
            if (pupil := by_id.get(pupil_of.get(former, 0))) is not None:
                protected.setdefault(place, pupil)
    return protected


def _pupil_ids(batch: Batch) -> dict[str, int]:
    numbers = [*batch.upns, *(number for former in batch.former.values() for number in former)]
    return dict(PupilUpn.objects.filter(upn__in=numbers).values_list("upn", "pupil_id"))


def _of_others(batch: Batch, leaving: dict[int, Pupil]) -> list[Fault]:
    """Return a fault for each row that may be of another child than the record with its UPN."""
    faults = []
    for place, pupil in leaving.items():
        surname, forename, born = (batch.details[at][place] for at in (3, 4, 5))
        row = Identity(surname, forename, date.fromisoformat(born))
        if may_be_another(pupil.identity, row):
            details = [WORDS[part] for part in differing(pupil.identity, row)]
            faults.append(other_child_fault(details, batch.lines[place]))
    return faults
