"""Making agreements: written, signed by both sides, suspended, terminated, varied (docs/rulebook.md, A).

Each verb locks the agreement and its versions, as a hand-over does: it comes wholly before
one or wholly after. What is done is an event of the agreement and an entry in the log.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from notices.drafts.tokens import token
from notices.models import Item
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files import private_files as kept_files
from privacy_portal.ground.log import appending as log
from sharing.agreements import rules as agreement_rules
from sharing.agreements.errors import NotCompleteError, TermsChangedError
from sharing.agreements.facts import lock_agreement
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import ONE_DAY, Missing, Section
from sharing.agreements.storing import dump_version, versions_with_terms, write_terms
from sharing.agreements.terms import SECTIONS
from sharing.models import Agreement, AgreementEvent, AgreementVersion, Signing, Suspension

FOLDER = "agreements"
Kind = AgreementEvent.Kind


@dataclass(frozen=True, slots=True)
class Side:
    """Who signed for one side, and on which day."""

    name: str
    role: str
    on: date


def token_of(part: AgreementPart) -> str:
    """A short text that differs whenever a term differs."""
    return token(part.model_dump(mode="json"))


def missing_in(part: AgreementPart) -> list[Missing]:
    """What keeps a draft from being signed (A3); 1 query."""
    special = Item.objects.filter(code__in=part.items, special_category=True).exists()
    return agreement_rules.missing(part.model_dump(), special=special)


def start(part: AgreementPart, *, by: User, at: datetime) -> AgreementVersion:
    """Begins an agreement with the terms known so far. Raises NotNowError for a known reference."""
    with transaction.atomic():
        locks.share(locks.Held.POLICY)
        agreement, _ = Agreement.objects.get_or_create(reference=part.reference)
        lock_agreement(part.reference)
        if agreement.versions.exists():
            raise NotNowError(f"There is an agreement {part.reference} already. Vary that one.")
        version = AgreementVersion(agreement=agreement, number=1)
        write_terms(version, part)
        _done(version, Kind.DRAFTED, on=day_of(at), by=by, at=at)
    return version


def start_next(version: AgreementVersion, *, by: User, at: datetime) -> AgreementVersion:
    """Begins the next version, to vary or renew an agreement, with the terms of this one.

    Raises NotNowError while another draft of the agreement is open.
    """
    with _held(version.agreement.reference) as versions:
        if draft := next((each for each in versions if each.signed_on is None), None):
            raise NotNowError(f"Version {draft.number} is a draft. Finish it, or throw it away.")
        found = next(each for each in versions if each.pk == version.pk)
        made = AgreementVersion(
            agreement=found.agreement, number=max(each.number for each in versions) + 1
        )
        write_terms(made, dump_version(found))
        note = f"From version {found.number}"
        _done(made, Kind.DRAFTED, on=day_of(at), by=by, at=at, note=note)
    return made


def change(
    version_id: int,
    section: Section,
    terms: Mapping[str, Any],
    *,
    seen: str,
    by: User,
    at: datetime,
) -> None:
    """Writes the terms of a section of a draft, by the names of their fields.

    Raises TermsChangedError if the draft is no longer the one with the token `seen`, and
    NotNowError once it is signed; nothing is stored then.
    """
    with _draft(version_id) as (version, part):
        if token_of(part) != seen:
            raise TermsChangedError
        told = dict(terms)
        if told.get("audience", part.audience) != part.audience:
            told |= {"purposes": [], "items": []}  # they were those of other people
        write_terms(version, part.model_copy(update=told))
        _done(version, Kind.CHANGED, on=day_of(at), by=by, at=at, note=SECTIONS[section])


def discard(version_id: int, *, by: User, at: datetime) -> None:
    """Throws a draft away. Raises NotNowError once it is signed."""
    with _draft(version_id) as (version, _):
        _done(version, Kind.DISCARDED, on=day_of(at), by=by, at=at)
        version.delete()


def sign(
    version_id: int,
    *,
    council: Side,
    recipient: Side,
    document: bytes,
    seen: str,
    by: User,
    at: datetime,
) -> Signing:
    """Records that both sides signed, and keeps the signed PDF; the terms never change again (A2).

    It is signed on the later of the two days. Raises NotCompleteError with what is missing
    (A3), TermsChangedError if other terms were seen, NotNowError once it is signed.
    """
    with kept_files.stored(FOLDER, document) as file, _draft(version_id) as (version, part):
        if missing := missing_in(part):
            raise NotCompleteError(missing)
        if token_of(part) != seen:
            raise TermsChangedError
        version.signed_on = max(council.on, recipient.on)
        version.save(update_fields=["signed_on"])
        signing = Signing.objects.create(
            version=version,
            council_name=council.name,
            council_role=council.role,
            council_on=council.on,
            recipient_name=recipient.name,
            recipient_role=recipient.role,
            recipient_on=recipient.on,
            file=file,
            bytes=len(document),
            sha256=hashlib.sha256(document).hexdigest(),
            terms_sha256=terms_digest(part),
            at=at,
            by=by,
        )
        _done(
            version,
            Kind.SIGNED,
            on=version.signed_on,
            by=by,
            at=at,
            terms=signing.terms_sha256,
            document=signing.sha256,
        )
    return signing


def terms_digest(part: AgreementPart) -> str:
    """The SHA-256 of the terms, but for what changes once they are signed."""
    terms = part.model_dump_json(exclude={"signed_on", "terminated_on", "suspensions"})
    return hashlib.sha256(terms.encode()).hexdigest()


def check_can_suspend(version: AgreementVersion, on: date) -> None:
    """Raises NotNowError, with the reason, unless the version can be suspended on the day."""
    _check_going_on(version, on)
    if (open_one := _open_suspension(version)) is not None:
        raise NotNowError(f"It is suspended from {in_words(open_one.first)} already.")


def check_can_lift(version: AgreementVersion, on: date) -> None:
    """Raises NotNowError, with the reason, unless the version has a suspension to lift."""
    _check_going_on(version, on)
    if not to_lift(version, on):
        raise NotNowError("No suspension is open.")


def to_lift(version: AgreementVersion, on: date) -> list[Suspension]:
    """The suspensions that hold on the day or a later one, in order; no query where they are
    prefetched."""
    return [
        each
        for each in version.suspensions.all()
        if not each.never_held and (each.last is None or each.last >= on)
    ]


def check_can_terminate(version: AgreementVersion, on: date) -> None:
    """Raises NotNowError, with the reason, unless the version can be terminated on the day."""
    _check_going_on(version, on)


def _check_going_on(version: AgreementVersion, on: date) -> None:
    if version.signed_on is None:
        raise NotNowError("This version is not signed yet.")
    if version.terminated_on is not None:
        raise NotNowError(f"It was terminated from {in_words(version.terminated_on)}.")
    if version.ends < on:
        raise NotNowError(f"It ends on {in_words(version.ends)} in any case.")


def _open_suspension(version: AgreementVersion) -> Suspension | None:
    """The suspension that lasts until it is lifted; no query where they are prefetched."""
    return next((each for each in version.suspensions.all() if each.last is None), None)


def suspend(
    version_id: int,
    *,
    first: date,
    last: date | None,
    note: str,
    by: User,
    at: datetime,
) -> None:
    """Nothing goes under the agreement from the first day to the last, both included; without a
    last day until it is lifted. Raises NotNowError where it does not fit."""
    with _found(version_id) as version:
        if first < day_of(at):
            raise NotNowError("A suspension begins today or later: what went before has gone.")
        check_can_suspend(version, first)
        end = last or date.max
        for each in version.suspensions.all():
            if each.never_held:
                continue
            if each.first <= end and first <= (each.last or date.max):
                raise NotNowError(f"It is suspended from {in_words(each.first)} already.")
        Suspension.objects.create(version=version, first=first, last=last)
        _done(
            version,
            Kind.SUSPENDED,
            on=first,
            by=by,
            at=at,
            note=note,
            last=last.isoformat() if last else None,
        )


def lift(
    version_id: int,
    *,
    from_day: date,
    note: str,
    by: User,
    at: datetime,
    suspension: int | None = None,
) -> None:
    """Ends a suspension: the agreement is in force again from the day.

    `suspension` is its id; None means the first that is not over. From the day it begins or an
    earlier one, it holds on no day at all: it was a mistake. Raises NotNowError where there is
    none, or for a day that is over.
    """
    with _found(version_id) as version:
        check_can_lift(version, day_of(at))
        if from_day < day_of(at):
            raise NotNowError("It can be in force again from today or a later day.")
        open_ones = to_lift(version, day_of(at))
        found = next((each for each in open_ones if suspension in (None, each.pk)), None)
        if found is None:
            raise NotNowError("This suspension is over, or was lifted meanwhile.")
        if found.last is not None and found.last < from_day:
            raise NotNowError(f"The suspension ends on {in_words(found.last)} in any case.")
        found.last = max(from_day, found.first) - ONE_DAY
        found.save(update_fields=["last"])
        first = found.first.isoformat()
        _done(version, Kind.LIFTED, on=from_day, by=by, at=at, note=note, first=first)


def terminate(version_id: int, *, on: date, note: str, by: User, at: datetime) -> None:
    """The agreement is over from the day, for good. Raises NotNowError where it does not fit."""
    with _found(version_id) as version:
        if on < day_of(at):
            raise NotNowError("It can end today or on a later day: what went before has gone.")
        check_can_terminate(version, on)
        version.terminated_on = on
        version.save(update_fields=["terminated_on"])
        _done(version, Kind.TERMINATED, on=on, by=by, at=at, note=note)


def document_of(signing: Signing) -> bytes:
    """The signed PDF. Raises FileNotFoundError, or ChangedFileError if it is another one now."""
    return kept_files.content_of(FOLDER, signing.file, signing.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Deletes kept files a day old that belong to no signing: their process died; how many."""
    return kept_files.forget_orphans(
        FOLDER, at=at, kept=lambda name: Signing.objects.filter(file=name).exists()
    )


@contextmanager
def _held(reference: str) -> Iterator[list[AgreementVersion]]:
    """A transaction in which the agreement is held still; gives its versions with their terms."""
    with transaction.atomic():
        locks.share(locks.Held.POLICY)
        lock_agreement(reference)
        yield versions_with_terms(agreement__reference=reference)


@contextmanager
def _draft(version_id: int) -> Iterator[tuple[AgreementVersion, AgreementPart]]:
    with _found(version_id) as version:
        if version.signed_on is not None:
            raise NotNowError("This version is signed: its terms never change. Make a new version.")
        yield version, dump_version(version)


@contextmanager
def _found(version_id: int) -> Iterator[AgreementVersion]:
    reference = (
        Agreement.objects.filter(versions=version_id).values_list("reference", flat=True).first()
    )
    if reference is None:
        raise NotNowError("This version is gone: somebody threw the draft away.")
    with _held(reference) as versions:
        found = next((each for each in versions if each.pk == version_id), None)
        if found is None:
            raise NotNowError("This version is gone: somebody threw the draft away.")
        yield found


def _done(
    version: AgreementVersion,
    kind: AgreementEvent.Kind,
    *,
    on: date,
    by: User,
    at: datetime,
    note: str = "",
    **more: str | None,
) -> None:
    AgreementEvent.objects.create(
        agreement=version.agreement,
        number=version.number,
        kind=kind,
        on=on,
        note=note,
        at=at,
        by=by,
    )
    log.record(
        f"agreement-{kind.value}",
        at=at,
        by=by,
        agreement=version.agreement.reference,
        agreement_version=version.number,
        on=on.isoformat(),
        **more,
    )
