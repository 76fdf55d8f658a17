"""Releases built from the roll itself: defined once, run by hand or on a schedule, and stopping
each time for a second officer."""

import csv
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from consent.models import Pupil
from consent.rules import latest_birth
from notices.models import Item
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, months_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log import appending as log
from sharing.models import Release, ReleaseDefinition
from sharing.releases import desk
from sharing.rules import UPN_ITEM

Every = ReleaseDefinition.Every
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}
# The items that the roll has, and where in a pupil they stand.
ON_ROLL: Mapping[str, Callable[[Pupil], str]] = {
    "pupil.upn": lambda pupil: "",
    "pupil.surname": lambda pupil: pupil.surname,
    "pupil.forename": lambda pupil: pupil.forename,
    "pupil.date_of_birth": lambda pupil: pupil.born.isoformat(),
    "pupil.sex": lambda pupil: pupil.sex,
    "pupil.year_group": lambda pupil: pupil.year_group,
    "pupil.school": lambda pupil: pupil.school.name,
    "pupil.address": lambda pupil: pupil.address,
    "pupil.postcode": lambda pupil: pupil.postcode,
    "parent.name": lambda pupil: pupil.parent_name,
    "parent.address": lambda pupil: pupil.parent_address,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a definition says; ages are whole years on the day, both included."""

    name: str
    agreement: str
    purpose: str
    items: list[str]
    schools: list[str]
    year_groups: list[str]
    youngest: int | None
    oldest: int | None
    every: str
    next_on: date | None


def definitions() -> QuerySet[ReleaseDefinition]:
    """Every definition, by name; 1 query."""
    return ReleaseDefinition.objects.select_related("by")


def define(wanted: Wanted, *, by: User, at: datetime) -> ReleaseDefinition:
    """Keeps a definition."""
    with transaction.atomic():
        made = ReleaseDefinition.objects.create(**_fields(wanted), made_at=at, by=by)
        log.append([_entry("release-defined", made, by=by, at=at)])
    return made


def change(
    definition: ReleaseDefinition, wanted: Wanted, *, by: User, at: datetime
) -> ReleaseDefinition:
    """Changes a definition; whoever does so answers for its next runs."""
    with transaction.atomic():
        held = ReleaseDefinition.objects.select_for_update().get(pk=definition.pk)
        for name, value in _fields(wanted).items():
            setattr(held, name, value)
        held.by, held.made_at = by, at
        held.save()
        log.append([_entry("release-redefined", held, by=by, at=at)])
    return held


def forget(definition: ReleaseDefinition, *, by: User, at: datetime) -> None:
    """Takes a definition away. What was released by it stays in the log."""
    with transaction.atomic():
        log.append([_entry("release-undefined", definition, by=by, at=at)])
        definition.delete()


def run(definition: ReleaseDefinition, *, by: User, at: datetime) -> Release:
    """Builds the extract from the roll and has it checked; a second officer must approve it."""
    with _extract(definition, on=day_of(at)) as path:
        return desk.upload(
            path,
            name=f"{definition.name}, {day_of(at)}",
            agreement=definition.agreement,
            purpose=definition.purpose,
            reference="",
            by=by,
            at=at,
            definition=definition,
        )


def run_due(*, at: datetime) -> int:
    """Runs the definitions whose day has come, each once, and moves their day on; how many ran.

    One that cannot be run (nobody is in it, its agreement is gone, its officer has left) does not
    keep others back.
    """
    today = day_of(at)
    due = ReleaseDefinition.objects.filter(next_on__lte=today).exclude(every=Every.NEVER)
    ran = 0
    for number in list(due.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            held = (
                ReleaseDefinition.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("by")
                .filter(pk=number, next_on__lte=today)
                .first()
            )
            if held is None or held.next_on is None:
                continue
            held.next_on = next_day(held.every, held.next_on, today)
            held.problem = ""
            try:
                with transaction.atomic():
                    _run_for_whoever_answers(held, at=at)
                    ran += 1
            except (BadInputError, NotNowError) as error:
                held.problem = str(error)[:500]
            held.save(update_fields=["next_on", "problem"])
    return ran


def _run_for_whoever_answers(definition: ReleaseDefinition, *, at: datetime) -> None:
    """Raises NotNowError where they are no longer an officer, for nobody else could release it."""
    if not (definition.by.is_active and definition.by.is_officer):
        raise NotNowError(
            f"{definition.by.name}, who owns it, is no longer a council officer. "
            "To own it from now on, open it and save it."
        )
    run(definition, by=definition.by, at=at)


def next_day(every: str, last: date, today: date) -> date:
    """The first day of the schedule after today; months are counted from its first day."""
    if every == Every.WEEK:
        return last + timedelta(weeks=(today - last).days // 7 + 1)
    months = step = _MONTHS[Every(every)]
    while (following := months_later(last, months)) <= today:
        months += step
    return following


def pupils_of(definition: ReleaseDefinition, *, on: date) -> QuerySet[Pupil]:
    """The pupils on the roll that the definition means on the day; 1 query."""
    found: QuerySet[Pupil] = Pupil.objects.on_roll()
    if definition.schools:
        found = found.filter(school__urn__in=definition.schools)
    if definition.year_groups:
        found = found.filter(year_group__in=definition.year_groups)
    if definition.youngest is not None:
        found = found.filter(born__lte=latest_birth(definition.youngest, on))
    if definition.oldest is not None:
        found = found.filter(born__gt=latest_birth(definition.oldest + 1, on))
    return found.order_by("school__urn", "surname_folded", "forename_folded", "pk")


@contextmanager
def _extract(definition: ReleaseDefinition, *, on: date) -> Iterator[Path]:
    """A CSV of the definition's pupils until the end; the UPN, which finds them again, comes first."""
    codes = [UPN_ITEM, *(code for code in definition.items if code != UPN_ITEM)]
    headings = {
        item.code: heading.text if (heading := item.headings.first()) else item.label
        for item in Item.objects.filter(code__in=codes).prefetch_related("headings")
    }
    found = pupils_of(definition, on=on).select_related("school").prefetch_related("upns")
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out)
        writer.writerow([headings[code] for code in codes])
        for pupil in found.iterator(chunk_size=2_000):
            present = next((each.upn for each in pupil.upns.all() if each.present), "")
            writer.writerow([present, *(ON_ROLL[code](pupil) for code in codes[1:])])
        out.flush()
        yield Path(out.name)


def _fields(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in Wanted.__slots__}


def _entry(event: str, definition: ReleaseDefinition, *, by: User, at: datetime) -> log.Body:
    return log.body(
        event,
        at=at,
        by=by,
        definition=definition.pk,
        agreement=definition.agreement,
        items=list(definition.items),
        every=str(definition.every),
    )
