"""Releases built from the roll itself: defined once, run by hand or on a schedule, and stopping
each time for a second officer."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from consent.age_rules import latest_birth
from consent.models import Pupil
from notices.models import Item
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, months_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.ui.form_arguments import Cleaned
from sharing.changes.on_roll import ON_ROLL
from sharing.models import Release, ReleaseDefinition
from sharing.releases import desk
from sharing.releases.request import Request
from sharing.rules import UPN_ITEM

Every = ReleaseDefinition.Every
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}


def definitions() -> QuerySet[ReleaseDefinition]:
    """Load every definition, by name; 1 query."""
    return ReleaseDefinition.objects.select_related("by")


def define(terms: Cleaned, *, by: User, at: datetime) -> ReleaseDefinition:
    """Store a definition, `terms` being its columns by name; ages are whole years on the day of a
    run, both included."""
    with transaction.atomic():
        definition = ReleaseDefinition.objects.create(**terms, made_at=at, by=by)
        _log("release-defined", definition, by=by, at=at)
    return definition


def change(definition: ReleaseDefinition, terms: Cleaned, *, by: User, at: datetime) -> None:
    """Change a definition; whoever does so answers for its next runs."""
    with transaction.atomic():
        row = ReleaseDefinition.objects.select_for_update().get(pk=definition.pk)
        for name, value in {**terms, "by": by, "made_at": at}.items():
            setattr(row, name, value)
        row.save()
        _log("release-redefined", row, by=by, at=at)


def forget(definition: ReleaseDefinition, *, by: User, at: datetime) -> None:
    """Delete a definition. What was released by it stays in the log."""
    with transaction.atomic():
        _log("release-undefined", definition, by=by, at=at)
        definition.delete()


def run(definition: ReleaseDefinition, *, by: User, at: datetime) -> Release:
    """Build the extract from the roll and have it checked; a second officer must approve it."""
    with _extract(definition, on=day_of(at)) as path:
        name = f"{definition.name}, {day_of(at)}"
        request = Request(path, name, definition.agreement, definition.purpose, by)
        return desk.upload(request, at=at, definition=definition)


def run_due(*, at: datetime) -> int:
    """Run the definitions whose day has come, each once, and move their day on; return how many ran.

    One that cannot be run (nobody is in it, its agreement is gone, its officer has left) does not
    keep others back.
    """
    today = day_of(at)
    due = ReleaseDefinition.objects.filter(next_on__lte=today).exclude(every=Every.NEVER)
    ran = 0
    for number in list(due.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            definition = (
                ReleaseDefinition.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("by")
                .filter(pk=number, next_on__lte=today)
                .first()
            )
            if definition is None or definition.next_on is None:
                continue
            definition.next_on = next_day(definition.every, definition.next_on, today)
            definition.problem = ""
            try:
                with transaction.atomic():
                    _run_for_whoever_answers(definition, at=at)
                    ran += 1
            except (BadInputError, NotNowError) as error:
                definition.problem = str(error)[:500]
            definition.save(update_fields=["next_on", "problem"])
    return ran


def _run_for_whoever_answers(definition: ReleaseDefinition, *, at: datetime) -> None:
    """Run a definition. Raises NotNowError where its owner is no longer an officer, for nobody else
    could release it."""
    if not (definition.by.is_active and may(definition.by, Action.RELEASE)):
        raise NotNowError(
            f"{definition.by.name}, who owns it, is no longer a council officer. "
            "To own it from now on, open it and save it."
        )
    run(definition, by=definition.by, at=at)


def next_day(every: str, last: date, today: date) -> date:
    """Return the first day of the schedule after today; months are counted from its first day."""
    if every == Every.WEEK:
        return last + timedelta(weeks=(today - last).days // 7 + 1)
    months = step = _MONTHS[Every(every)]
    while (following := months_later(last, months)) <= today:
        months += step
    return following


def pupils_of(definition: ReleaseDefinition, *, on: date) -> QuerySet[Pupil]:
    """Load the pupils on the roll that the definition covers on the day; 1 query.

    Limited to schools or year groups it covers no protected pupil: a row, even a withheld one, would
    tell where the pupil is, and so would one between those of a school (P2).
    """
    pupils: QuerySet[Pupil] = Pupil.objects.on_roll()
    if definition.schools or definition.year_groups:
        pupils = pupils.exclude(protected=True)
    if definition.schools:
        pupils = pupils.filter(school__urn__in=definition.schools)
    if definition.year_groups:
        pupils = pupils.filter(year_group__in=definition.year_groups)
    if definition.youngest is not None:
        pupils = pupils.filter(born__lte=latest_birth(definition.youngest, on))
    if definition.oldest is not None:
        pupils = pupils.filter(born__gt=latest_birth(definition.oldest + 1, on))
    return pupils.order_by("surname_folded", "forename_folded", "pk")


@contextmanager
def _extract(definition: ReleaseDefinition, *, on: date) -> Iterator[Path]:
    """Yield a CSV of the definition's pupils, deleted at the end; the UPN, by which a check finds
    them, comes first."""
    codes = [UPN_ITEM, *(code for code in definition.items if code != UPN_ITEM)]
    headings = {
        item.code: heading.text if (heading := item.headings.first()) else item.label
        for item in Item.objects.filter(code__in=codes).prefetch_related("headings")
    }
    pupils = pupils_of(definition, on=on).select_related("school").prefetch_related("upns")
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out)
        writer.writerow([headings[code] for code in codes])
        for pupil in pupils.iterator(chunk_size=2_000):
            present = next((number.upn for number in pupil.upns.all() if number.present), "")
            writer.writerow([present, *(ON_ROLL[code](pupil) for code in codes[1:])])
        out.flush()
        yield Path(out.name)


def _log(event: str, definition: ReleaseDefinition, *, by: User, at: datetime) -> None:
    log.record(
        event,
        at=at,
        by=by,
        definition=definition.pk,
        agreement=definition.agreement,
        items=list(definition.items),
        every=str(definition.every),
    )
