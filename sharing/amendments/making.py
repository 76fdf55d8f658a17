"""Amendments become due, and their files are made from the roll (H6)."""

import csv
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from consent.models import Pupil
from notices.models import Purpose
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from sharing.agreements.facts import lock_agreement
from sharing.agreements.in_force import agreements_in_force
from sharing.amendments import queries
from sharing.changes.amendment_file import headings_of_items
from sharing.changes.finding import Changes, find_changes
from sharing.changes.on_roll import ON_ROLL
from sharing.disclosures.amendment_entries import log_due, log_step
from sharing.models import AgreementVersion, Amendment, AmendmentRate, AmendmentStep, Release
from sharing.releases import desk
from sharing.releases.request import Request
from sharing.rules import UPN_ITEM, Form

NOTHING = "Nothing has changed since, so no file was made."
_APART: Mapping[str, timedelta] = {
    AmendmentRate.AS_NEEDED: timedelta(0),
    AmendmentRate.WEEK: timedelta(days=7),
    AmendmentRate.MONTH: timedelta(days=28),
    AmendmentRate.QUARTER: timedelta(days=91),
}


def look(*, at: datetime, by: User | None = None) -> int:
    """Look in every agreement in force that asks for amendments whether one is due; return how many are.

    One that is due already is not found twice. The portal by itself looks as often as the agreement
    says, an officer at any time.
    """
    found = 0
    for version in agreements_in_force(day_of(at)):
        if not version.amendments or version.form == Form.AGGREGATE:
            continue
        purposes = Purpose.objects.filter(code__in=_purposes(version))
        for purpose in purposes:
            with transaction.atomic():
                lock_agreement(version.agreement.reference)
                if by is None and not _may_look(version, purpose, at):
                    continue
                of_both = queries.due().filter(agreement=version.agreement, purpose=purpose)
                if of_both.exists():
                    continue
                changes = find_changes(version.agreement.reference, purpose.code, at=at)
                if changes.told:
                    log_due(version.agreement, purpose.pk, by=by, at=at)
                    found += 1
    return found


def _purposes(version: AgreementVersion) -> list[str]:
    return list(version.purposes.values_list("purpose__code", flat=True))


def _may_look(version: AgreementVersion, purpose: Purpose, at: datetime) -> bool:
    """Return whether the last amendment is as long ago as the agreement asks."""
    last = Amendment.objects.filter(agreement=version.agreement, purpose=purpose).last()
    return last is None or day_of(last.found_at) <= day_of(at - _APART[version.amendments])


def check_can_make(amendment: Amendment) -> None:
    """Raise NotNowError, with the reason, unless the file can be made now (read with `amendments`)."""
    if amendment.ended or amendment.sent_entry is not None:
        raise NotNowError("This amendment has already been sent, or is closed.")
    if amendment.release_id is not None:
        raise NotNowError(
            "The file has already been made. Finish that release, or delete it first."
        )


def make(number: int, *, by: User, at: datetime) -> Release | None:
    """Make the file of an amendment and have it checked; a second officer must approve it.

    Return None, and close the amendment, where nothing has to be told any more. Raises NotNowError.
    """
    with transaction.atomic():
        locks.take_one(locks.Row.AMENDMENT, number)
        amendment = queries.amendments().get(pk=number)
        check_can_make(amendment)
        # No import is under way while the roll is read: what changes later is a later amendment's.
        locks.share(locks.Area.POLICY)
        locks.share(locks.Area.ROLL)
        reference, purpose = amendment.agreement.reference, amendment.purpose.code
        changes = find_changes(reference, purpose, at=at)
        if not changes.told:
            log_step(amendment, AmendmentStep.Kind.LAPSED, by=by, at=at)
            return None
        with _extract(changes) as path:
            name = f"Changes for {reference}, {day_of(at)}"
            request = Request(path, name, reference, purpose, by)
            return desk.upload(request, at=at, amendment=amendment)


@contextmanager
def _extract(changes: Changes) -> Iterator[Path]:
    """Yield a CSV of the pupils about whom something is told, deleted at the end.

    It has a column for each item that the recipient has, so that the decision is the one about all of
    it, and in these only values that are new.
    """
    headings = headings_of_items()
    items = [item for item in changes.items if item != UPN_ITEM]
    pupils = Pupil.objects.select_related("school").in_bulk(
        [told.holding.pupil for told in changes.told]
    )
    with tempfile.NamedTemporaryFile(
        "w", dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out)
        writer.writerow([headings[code] for code in (UPN_ITEM, *items)])
        for told in changes.told:
            pupil, changed = pupils[told.holding.pupil], told.instruction.changed
            cells = (ON_ROLL[item](pupil) if item in changed else "" for item in items)
            writer.writerow([told.upn, *cells])
        out.flush()
        yield Path(out.name)
