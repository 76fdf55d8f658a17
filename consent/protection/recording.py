"""Protection of pupils who must not be found, and deaths: recorded, ended and withdrawn (P1, P6).

Each verb locks the pupil as a decision does, so that a hand-over under way is waited for and the next
one sees it (H2).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.letters import codes
from consent.models import (
    Death,
    DeathWithdrawn,
    EndedProtection,
    Ending,
    EndingAnswer,
    Protection,
    ProtectionReason,
    Pupil,
    PupilNews,
    Source,
)
from consent.protection.queries import records_of_child
from consent.protection_rules import DayFault, day_fault
from consent.queries import lock_with_others
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of

FAULTS = {
    DayFault.FUTURE: "The date must be today or in the past.",
    DayFault.BEFORE_BIRTH: "The date must not be before the pupil was born.",
}
News = PupilNews.Kind


def protect(
    pupil: Pupil,
    *,
    since: date | None,
    reason: ProtectionReason,
    source: Source,
    by: User,
    at: datetime,
) -> Protection:
    """Protect a pupil, from the day `since` on as far as it is known (P1). Codes of letters that were
    sent are revoked (P4). Raises NotNowError for a day that cannot be."""
    with transaction.atomic():
        _lock(pupil)
        if since is not None:
            _check_day(since, pupil, at)
        protection = Protection.objects.create(
            pupil=pupil, since=since, reason=reason, source=source, at=at, by=by
        )
        log.append(_after_protecting([protection], by=by, at=at))
    return protection


def protect_by_roll(pupils: Sequence[Pupil], *, by: User | None, at: datetime) -> list[log.Body]:
    """Protect pupils whom a roll marks and nobody protects yet (P8); return the log entries. Belongs
    to an import, which holds the roll."""
    protections = Protection.objects.bulk_create(
        [
            Protection(
                pupil=pupil, since=None, reason=ProtectionReason.OTHER, source=Source.ROLL, at=at,
                by=by,
            )
            for pupil in pupils
        ],
        batch_size=1_000,
    )  # fmt: skip
    return _after_protecting(protections, by=by, at=at)


def check_can_propose_ending(pupil: Pupil) -> None:
    """Raise NotNowError unless the pupil is protected and no proposal to end that is open; 2
    queries."""
    if not Pupil.objects.filter(pk=pupil.pk, protected=True).exists():
        raise NotNowError("This pupil is not protected.")
    if open_endings().filter(pupil__in=records_of_child(pupil)).exists():
        raise NotNowError("An officer has already proposed to end this protection.")


def propose_ending(pupil: Pupil, *, reason: str, by: User, at: datetime) -> Ending:
    """Propose to end all protection that a pupil has now; a second officer has to agree (P1). Raises
    NotNowError."""
    with transaction.atomic():
        _lock(pupil)
        check_can_propose_ending(pupil)
        ending = Ending.objects.create(pupil=pupil, reason=reason, at=at, by=by)
        in_force = Protection.objects.in_force().filter(pupil__in=records_of_child(pupil))
        EndedProtection.objects.bulk_create(
            EndedProtection(ending=ending, protection=protection) for protection in in_force
        )
        log.record(
            "protection-ending-proposed",
            at=at,
            by=by,
            person=str(pupil.reference),
            ending=ending.pk,
            texts=texts_of(ending),
        )
    return ending


def check_can_answer(ending: Ending, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may answer the proposal as a second
    officer; 1 query."""
    if EndingAnswer.objects.filter(ending=ending).exists():
        raise NotNowError("This proposal has already been answered.")
    if ending.by_id == user.pk:
        raise NotNowError("You proposed this, so another officer must agree.")


def answer_ending(ending: Ending, *, agrees: bool, note: str, by: User, at: datetime) -> None:
    """Answer a proposal to end protection: agreed to, the protection it names ends now. Raises
    NotNowError."""
    with transaction.atomic():
        _lock(ending.pupil)
        check_can_answer(ending, by)
        answer = EndingAnswer.objects.create(ending=ending, agrees=agrees, note=note, at=at, by=by)
        log.record(
            "protection-ended" if agrees else "protection-kept",
            at=at,
            by=by,
            person=str(ending.pupil.reference),
            ending=ending.pk,
            proposed_by=str(ending.by.reference),
            texts=texts_of(answer),
        )
        if agrees:
            records = Pupil.objects.filter(pk__in=records_of_child(ending.pupil), protected=False)
            _take_back(records, News.PROTECTED)


def open_endings() -> QuerySet[Ending]:
    """Return the proposals to end protection that nobody has answered, oldest first; 1 query."""
    endings: QuerySet[Ending] = Ending.objects.filter(answer=None)
    return endings.select_related("pupil", "by").order_by("pk")


def record_death(pupil: Pupil, *, died_on: date, source: Source, by: User, at: datetime) -> Death:
    """Record that a pupil has died (P1). Raises NotNowError for a day that cannot be."""
    with transaction.atomic():
        _lock(pupil)
        _check_day(died_on, pupil, at)
        death = Death.objects.create(pupil=pupil, died_on=died_on, source=source, at=at, by=by)
        log.append(_after_deaths([death], by=by, at=at))
    return death


def record_deaths_by_roll(
    died_on: Mapping[Pupil, date], *, by: User | None, at: datetime
) -> list[log.Body]:
    """Record the deaths that a roll newly tells; return the log entries. Belongs to an import, which
    holds the roll."""
    deaths = Death.objects.bulk_create(
        [
            Death(pupil=pupil, died_on=day, source=Source.ROLL, at=at, by=by)
            for pupil, day in died_on.items()
        ],
        batch_size=1_000,
    )
    return _after_deaths(deaths, by=by, at=at)


def withdraw_death(pupil: Pupil, *, reason: str, by: User, at: datetime) -> None:
    """Withdraw every death recorded of a pupil: it was a mistake. Raises NotNowError where none is."""
    with transaction.atomic():
        _lock(pupil)
        deaths = list(Death.objects.filter(pupil__in=records_of_child(pupil), withdrawn=None))
        if not deaths:
            raise NotNowError("No death is recorded for this pupil.")
        withdrawals = DeathWithdrawn.objects.bulk_create(
            DeathWithdrawn(death=death, reason=reason, at=at, by=by) for death in deaths
        )
        log.append(
            log.body(
                "death-withdrawn",
                at=at,
                by=by,
                person=str(pupil.reference),
                death=row.death_id,
                texts=texts_of(row),
            )
            for row in withdrawals
        )
        records = Pupil.objects.filter(pk__in=records_of_child(pupil), died_on=None)
        _take_back(records, News.DIED)


def copy_since_merge(
    survivor: Pupil, duplicate: Pupil, *, since: datetime, by: User, at: datetime
) -> list[log.Body]:
    """Protect a record that is parted from another by what was recorded about the other while they
    were one: it may be about either child; the same for a death. Returns the log entries."""
    protections = [
        Protection(
            pupil=duplicate, since=row.since, reason=row.reason, source=row.source, at=at, by=by
        )
        for row in Protection.objects.in_force().filter(pupil=survivor, at__gte=since)
    ]
    deaths = [
        Death(pupil=duplicate, died_on=row.died_on, source=row.source, at=at, by=by)
        for row in Death.objects.filter(pupil=survivor, at__gte=since, withdrawn=None)
    ]
    return [
        *_after_protecting(Protection.objects.bulk_create(protections), by=by, at=at),
        *_after_deaths(Death.objects.bulk_create(deaths), by=by, at=at),
    ]


def _lock(pupil: Pupil) -> None:
    locks.share(locks.Area.ROLL)
    lock_with_others([pupil.pk])
    pupil.refresh_from_db(fields=["protected", "died_on", "born"])


def _check_day(day: date, pupil: Pupil, at: datetime) -> None:
    if fault := day_fault(day, pupil.born, day_of(at)):
        raise NotNowError(FAULTS[fault])


def protection_facts(row: Protection) -> dict[str, object]:
    """Return what the log says of a protection: no reason, which alone might tell who it is."""
    since = row.since.isoformat() if row.since else None
    return {"person": str(row.pupil.reference), "since": since, "source": str(row.source)}


def death_facts(row: Death) -> dict[str, object]:
    """Return what the log says of a death."""
    return {
        "person": str(row.pupil.reference),
        "died_on": row.died_on.isoformat(),
        "source": str(row.source),
    }


def _after_protecting(
    protections: Sequence[Protection], *, by: User | None, at: datetime
) -> list[log.Body]:
    codes.revoke([row.pupil_id for row in protections], at=at)
    _tell_staff([row.pupil_id for row in protections], News.PROTECTED, at=at)
    return [
        log.body(
            "pupil-protected",
            at=at,
            by=by,
            protection=row.pk,
            **protection_facts(row),
            texts=texts_of(row),
        )
        for row in protections
    ]


def _after_deaths(deaths: Sequence[Death], *, by: User | None, at: datetime) -> list[log.Body]:
    codes.revoke([row.pupil_id for row in deaths], at=at)
    _tell_staff([row.pupil_id for row in deaths], News.DIED, at=at)
    return [
        log.body(
            "pupil-died",
            at=at,
            by=by,
            death=row.pk,
            **death_facts(row),
        )
        for row in deaths
    ]


def _tell_staff(pupils: Sequence[int], kind: PupilNews.Kind, *, at: datetime) -> None:
    """Have staff told of it on their start page, once until somebody has seen it (P8)."""
    PupilNews.objects.bulk_create(
        [PupilNews(pupil_id=pupil, kind=kind, at=at) for pupil in pupils],
        ignore_conflicts=True,
        batch_size=1_000,
    )


def _take_back(pupils: QuerySet[Pupil], kind: PupilNews.Kind) -> None:
    """Take away news that nobody has seen and that no longer holds; what was seen stays."""
    PupilNews.objects.filter(pupil__in=pupils, kind=kind, seen_at=None).delete()


def mark_seen(news: QuerySet[PupilNews], *, by: User, at: datetime) -> int:
    """Mark news of pupils as seen; return the number."""
    with transaction.atomic():
        numbers = list(news.select_for_update(of=("self",)).values_list("pk", flat=True))
        if numbers:
            PupilNews.objects.filter(pk__in=numbers).update(seen_at=at, seen_by=by)
            log.record("pupil-news-seen", at=at, by=by, news=numbers)
    return len(numbers)
