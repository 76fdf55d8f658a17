"""Draft, sign, suspend, terminate and renew agreements (docs/rulebook.md, A).

Each verb locks the agreement and its versions, as a hand-over does, so that it comes wholly
before one or wholly after. It adds an event to the agreement's history and an entry to the log.
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
from privacy_portal.ground.files import private_files
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.texts import texts_of
from sharing.agreements import rules as agreement_rules
from sharing.agreements.errors import NotCompleteError, TermsChangedError
from sharing.agreements.facts import lock_agreement
from sharing.agreements.holding import days_told
from sharing.agreements.part import ASSESSMENT, AgreementPart
from sharing.agreements.rules import ONE_DAY, Missing, Section
from sharing.agreements.storing import dump_version, versions_with_terms, write_terms
from sharing.agreements.terms import SECTIONS
from sharing.assurances.recording import check_can_sign
from sharing.models import Agreement, AgreementEvent, AgreementVersion, Signing, Suspension

FOLDER = "agreements"
Kind = AgreementEvent.Kind
_DELETED = "This draft has been deleted."


@dataclass(frozen=True, slots=True)
class Side:
    """Who signed for one side, and on which day."""

    name: str
    role: str
    on: date


def token_of(part: AgreementPart) -> str:
    """Return a short text that differs whenever a term differs."""
    return token(part.model_dump(mode="json"))


def missing_in(part: AgreementPart) -> list[Missing]:
    """Return what keeps a draft from being signed (A3); 1 query."""
    special = Item.objects.filter(code__in=part.items, special_category=True).exists()
    return agreement_rules.missing_to_sign(part.model_dump(), special=special)


def start(part: AgreementPart, *, by: User, at: datetime) -> AgreementVersion:
    """Create an agreement with the terms so far. Raise NotNowError for a reference that exists."""
    with transaction.atomic():
        locks.share(locks.Area.POLICY)
        agreement, _ = Agreement.objects.get_or_create(reference=part.reference)
        lock_agreement(part.reference)
        if agreement.versions.exists():
            raise NotNowError(
                f"There is already an agreement with the reference {part.reference}. "
                "Create a new version of it instead."
            )
        version = AgreementVersion(agreement=agreement, number=1)
        write_terms(version, part)
        _record(version, Kind.DRAFTED, on=day_of(at), by=by, at=at, **_template_of(part))
    return version


def start_next(version: AgreementVersion, *, by: User, at: datetime) -> AgreementVersion:
    """Create the next version of an agreement, with the terms of this one. What was assessed, and what
    the protection officer thought of it, was this one: both are asked again (A3).

    Raise NotNowError while another draft of the agreement is open.
    """
    with _locked_agreement(version.agreement.reference) as versions:
        if draft := next((other for other in versions if other.signed_on is None), None):
            raise NotNowError(
                f"There is already a draft of version {draft.number}. Finish it or delete it."
            )
        earlier = next(other for other in versions if other.pk == version.pk)
        later = AgreementVersion(
            agreement=earlier.agreement, number=max(other.number for other in versions) + 1
        )
        again = {
            name: AgreementPart.model_fields[name].default
            for name in ASSESSMENT - {"dpia_reference"}
        }
        part = dump_version(earlier)
        write_terms(later, part.model_copy(update={**again, "terminated_on": None}))
        note = f"From version {earlier.number}"
        template = _template_of(part)
        _record(later, Kind.DRAFTED, on=day_of(at), by=by, at=at, note=note, **template)
    return later


def change(
    version_id: int,
    section: Section,
    terms: Mapping[str, Any],
    *,
    seen: str,
    by: User,
    at: datetime,
) -> None:
    """Change the terms of a section of a draft, by the names of their fields.

    Raise TermsChangedError if the draft no longer has the token `seen`, and NotNowError once it is
    signed; nothing is stored then.
    """
    with _draft(version_id) as (version, part):
        if token_of(part) != seen:
            raise TermsChangedError
        changes = dict(terms)
        if changes.get("audience", part.audience) != part.audience:
            changes |= {"purposes": [], "items": []}  # they belonged to the other audience
        write_terms(version, part.model_copy(update=changes))
        _record(version, Kind.CHANGED, on=day_of(at), by=by, at=at, note=SECTIONS[section])


def discard(version_id: int, *, by: User, at: datetime) -> None:
    """Delete a draft. Raise NotNowError once it is signed."""
    with _draft(version_id) as (version, _):
        _record(version, Kind.DISCARDED, on=day_of(at), by=by, at=at)
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
    """Record that both sides signed, with the signed PDF; the terms never change again (A2).

    It is signed on the later of the two days. Raise NotCompleteError with what is missing (A3),
    TermsChangedError if the officer saw other terms, AssuranceEndedError if the organisation's
    assurance has ended (Q3), NotNowError once it is signed.
    """
    with private_files.stored(FOLDER, document) as file, _draft(version_id) as (version, part):
        if missing := missing_in(part):
            raise NotCompleteError(missing)
        if token_of(part) != seen:
            raise TermsChangedError
        check_can_sign(version.recipient, on=day_of(at))
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
        digests: dict[str, Any] = {
            "terms": signing.terms_sha256,
            "document": signing.sha256,
            "assessment": assessment_digest(part),
            **_template_of(part),
            **days_told(part),
        }
        names = texts_of(signing)
        on = version.signed_on
        _record(version, Kind.SIGNED, on=on, by=by, at=at, **digests, signatories=names)
    return signing


def terms_digest(part: AgreementPart) -> str:
    """Return the SHA-256 of the terms that both sides sign, without what can change afterwards."""
    beside = {"signed_on", "terminated_on", "suspensions", "template", *ASSESSMENT}
    if not part.amendments:
        beside.add("amendments")  # of what was signed before there was this term
    # Terms that came later are not among what was signed without them.
    beside |= {"statistics_zeros", "statistics_contributors"} - part.hides_more
    return hashlib.sha256(part.model_dump_json(exclude=beside).encode()).hexdigest()


def assessment_digest(part: AgreementPart) -> str:
    """Return the SHA-256 of the impact assessment and the protection officer's view."""
    assessment = part.model_dump(mode="json", include=set(ASSESSMENT), exclude_defaults=True)
    return hashlib.sha256(canonical(assessment)).hexdigest()


def check_can_suspend(version: AgreementVersion, on: date) -> None:
    """Raise NotNowError, with the reason, unless the version can be suspended on the day."""
    check_can_terminate(version, on)
    for suspension in version.suspensions.all():
        if suspension.last is None:
            raise NotNowError(f"It is already suspended from {in_words(suspension.first)}.")


def check_can_lift(version: AgreementVersion, on: date) -> None:
    """Raise NotNowError, with the reason, unless the version has a suspension to lift."""
    check_can_terminate(version, on)
    if not to_lift(version, on):
        raise NotNowError("It is not suspended.")


def to_lift(version: AgreementVersion, on: date) -> list[Suspension]:
    """Return the suspensions that hold on the day or later, in order; no query if prefetched."""
    return [
        suspension
        for suspension in version.suspensions.all()
        if not suspension.never_held and (suspension.last is None or suspension.last >= on)
    ]


def check_can_terminate(version: AgreementVersion, on: date) -> None:
    """Raise NotNowError, with the reason, unless the version can be terminated on the day: it is
    signed and has not ended."""
    if version.signed_on is None:
        raise NotNowError("This version is not signed yet.")
    if version.terminated_on is not None:
        raise NotNowError(f"It was terminated on {in_words(version.terminated_on)}.")
    if version.ends < on:
        raise NotNowError(f"It already ends on {in_words(version.ends)}.")


def suspend(
    version_id: int, *, first: date, last: date | None, note: str, by: User, at: datetime
) -> None:
    """Suspend sharing under the agreement from the first day to the last, both included; without a
    last day until it is lifted. Raise NotNowError if the dates do not allow it."""
    with _locked(version_id) as version:
        if first < day_of(at):
            raise NotNowError("Start date must be today or in the future.")
        check_can_suspend(version, first)
        for other in version.suspensions.all():
            overlaps = other.first <= (last or date.max) and first <= (other.last or date.max)
            if overlaps and not other.never_held:
                raise NotNowError(f"It is already suspended from {in_words(other.first)}.")
        Suspension.objects.create(version=version, first=first, last=last)
        end = last.isoformat() if last else None
        _record(version, Kind.SUSPENDED, on=first, by=by, at=at, note=note, last=end)


def lift(
    version_id: int,
    *,
    from_day: date,
    note: str,
    by: User,
    at: datetime,
    suspension: int | None = None,
) -> None:
    """End a suspension: the agreement is in force again from the day.

    `suspension` is its id; None means the first that has not ended. Lifted from its first day or
    before, it holds on no day: it was a mistake. Raise NotNowError if there is none, or for a day in
    the past.
    """
    with _locked(version_id) as version:
        check_can_lift(version, day_of(at))
        if from_day < day_of(at):
            raise NotNowError("Date must be today or in the future.")
        candidates = to_lift(version, day_of(at))
        lifted = next(
            (candidate for candidate in candidates if suspension in (None, candidate.pk)), None
        )
        if lifted is None:
            raise NotNowError("This suspension has ended or has been lifted.")
        if lifted.last is not None and lifted.last < from_day:
            raise NotNowError(f"The suspension already ends on {in_words(lifted.last)}.")
        lifted.last = max(from_day, lifted.first) - ONE_DAY
        lifted.save(update_fields=["last"])
        first = lifted.first.isoformat()
        _record(version, Kind.LIFTED, on=from_day, by=by, at=at, note=note, first=first)


def terminate(version_id: int, *, on: date, note: str, by: User, at: datetime) -> None:
    """End the agreement for good from the day. Raise NotNowError if the date does not allow it."""
    with _locked(version_id) as version:
        if on < day_of(at):
            raise NotNowError("Date must be today or in the future.")
        check_can_terminate(version, on)
        version.terminated_on = on
        version.save(update_fields=["terminated_on"])
        _record(version, Kind.TERMINATED, on=on, by=by, at=at, note=note)


def document_of(signing: Signing) -> bytes:
    """Return the signed PDF. Raise FileNotFoundError, or ChangedFileError if its content changed."""
    return private_files.content_of(FOLDER, signing.file, signing.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Delete stored files a day old that belong to no signing, left by a process that died; return how
    many."""
    return private_files.forget_orphans(
        FOLDER, at=at, is_known=lambda name: Signing.objects.filter(file=name).exists()
    )


def _template_of(part: AgreementPart) -> dict[str, str]:
    """Return what the log says of the template that an agreement was made from."""
    if part.template is None:
        return {}
    return {"template": part.template.code, "template_text": part.template.digest}


@contextmanager
def _locked_agreement(reference: str) -> Iterator[list[AgreementVersion]]:
    """Lock the agreement in a transaction; yield its versions with their terms."""
    with transaction.atomic():
        locks.share(locks.Area.POLICY)
        lock_agreement(reference)
        yield versions_with_terms(agreement__reference=reference)


@contextmanager
def _draft(version_id: int) -> Iterator[tuple[AgreementVersion, AgreementPart]]:
    with _locked(version_id) as version:
        if version.signed_on is not None:
            raise NotNowError("You cannot change a signed version. Create a new version.")
        yield version, dump_version(version)


@contextmanager
def _locked(version_id: int) -> Iterator[AgreementVersion]:
    reference = (
        Agreement.objects.filter(versions=version_id).values_list("reference", flat=True).first()
    )
    if reference is None:
        raise NotNowError(_DELETED)
    with _locked_agreement(reference) as versions:
        version = next((version for version in versions if version.pk == version_id), None)
        if version is None:
            raise NotNowError(_DELETED)
        yield version


def _record(
    version: AgreementVersion,
    kind: AgreementEvent.Kind,
    *,
    on: date,
    by: User,
    at: datetime,
    note: str = "",
    **more: object,
) -> None:
    agreement, number = version.agreement, version.number
    event = AgreementEvent.objects.create(
        agreement=agreement, number=number, kind=kind, on=on, note=note, at=at, by=by
    )
    record(
        f"agreement-{kind.value}",
        at=at,
        by=by,
        agreement=agreement.reference,
        agreement_version=number,
        on=on.isoformat(),
        texts=texts_of(event),
        **more,
    )
